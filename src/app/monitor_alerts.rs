//! Tells whoever wants to know: runs commands, calls webhooks.
//!
//! One attempt each, beside the watch and never in its way. Decides on nothing that is told, and shows no secret.

use crate::base::clock::{Clock as _, SystemClock};
use crate::callback::standard::{ID, SIGNATURE, TIMESTAMP, WebhookKey, WebhookSecret};
use crate::model::http::Request;
use crate::monitor::alert::Alert;
use crate::net::client::Client;
use crate::plan::monitor::{PlannedAlert, PlannedHow};
use crate::suite::ast::monitor::AlertState;
use crate::suite::template::{Scope, Template};
use serde_json::{Map, Value, json};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// How long one attempt may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often it is looked whether a command has ended.
const LOOK: Duration = Duration::from_millis(20);
/// What may wait for whoever is slow.
const WAITING: usize = 64;

/// Hears what could not be told.
pub(super) type Note = Arc<dyn Fn(&str) + Send + Sync>;

/// What is told about the watch itself.
#[derive(Clone, Debug)]
pub(super) struct About {
    /// The plan's title.
    pub(super) monitor: String,
    /// The environment's name.
    pub(super) environment: String,
    /// Tells the alerts of this session from those of every other.
    pub(super) salt: u64,
}

/// Everybody who is told.
pub(super) struct Telling {
    told: Vec<Told>,
    note: Note,
}

/// One who is told, in order, by a task of its own.
struct Told {
    on: Vec<AlertState>,
    title: String,
    queue: mpsc::Sender<Alert>,
    task: JoinHandle<()>,
}

impl Telling {
    /// Begins to tell those whom a plan names.
    pub(super) fn start(planned: &[PlannedAlert], client: &Client, about: &About, note: &Note) -> Self {
        let told = planned.iter().enumerate().map(|(index, alert)| {
            let (queue, mut waiting) = mpsc::channel::<Alert>(WAITING);
            let title = format!("alert {}", index + 1);
            let teller = Teller { how: alert.how.clone(), client: client.clone(), about: about.clone(), index };
            let (note, said) = (Arc::clone(note), title.clone());
            let task = tokio::spawn(async move {
                let mut number = 0_u64;
                while let Some(alert) = waiting.recv().await {
                    number += 1;
                    if let Err(why) = teller.tell(&alert, number).await {
                        note(&format!("{said} was not told that {}: {why}", alert.text));
                    }
                }
            });
            Told { on: alert.on.clone(), title, queue, task }
        });
        Self { told: told.collect(), note: Arc::clone(note) }
    }

    /// Tells those who want to know, without waiting.
    pub(super) fn tell(&self, alert: &Alert) {
        for told in self.told.iter().filter(|told| told.on.contains(&alert.state)) {
            if told.queue.try_send(alert.clone()).is_err() {
                (self.note)(&format!("{} was not told that {}: too much waits for it", told.title, alert.text));
            }
        }
    }

    /// Waits until everybody was told what was begun to be told, for as long as two attempts may take.
    pub(super) async fn finish(self) {
        let until = tokio::time::Instant::now() + 2 * PATIENCE;
        for told in self.told {
            drop(told.queue);
            // What is left is given up: the process ends.
            let _ = tokio::time::timeout_at(until, told.task).await;
        }
    }
}

/// Tells one of them.
struct Teller {
    how: PlannedHow,
    client: Client,
    about: About,
    index: usize,
}

/// What the names in an argument mean.
struct Names(Map<String, Value>);

impl Scope for Names {
    fn lookup(&self, name: &str) -> Option<Value> {
        self.0.get(name).cloned()
    }
}

impl Teller {
    async fn tell(&self, alert: &Alert, number: u64) -> Result<(), String> {
        let values = alert.values(&self.about.monitor, &self.about.environment);
        let values: Map<String, Value> = values.into_iter().map(|(name, text)| (name.to_owned(), text.into())).collect();
        match &self.how {
            PlannedHow::Command(arguments) => {
                let arguments = filled(arguments, values)?;
                let ended = tokio::task::spawn_blocking(move || run(&arguments)).await;
                ended.map_err(|error| error.to_string())?
            }
            PlannedHow::Webhook { url, key } => {
                let id = format!("alert_{:016x}_{}_{number}", self.about.salt, self.index + 1);
                let body = json!({
                    "type": format!("monitor.{}", alert.state.word()),
                    "timestamp": alert.at.to_string(),
                    "data": values,
                });
                let request = webhook(url.expose(), key.as_ref(), &id, SystemClock.now().as_second(), &body);
                // Whatever went wrong is told without the URL, which may bear a secret.
                match self.client.send_once(&request, PATIENCE).await.result {
                    Ok(response) if (200..300).contains(&response.status) => Ok(()),
                    Ok(response) => Err(format!("the webhook answered {}", response.status)),
                    Err(error) => Err(format!("the webhook did not answer: {:?}", error.kind).to_lowercase()),
                }
            }
        }
    }
}

fn filled(arguments: &[Template], values: Map<String, Value>) -> Result<Vec<String>, String> {
    let names = Names(values);
    arguments.iter().map(|a| a.resolve_text(&names).map_err(|why| format!("an argument cannot be filled: {why:?}"))).collect()
}

/// The request of a webhook, signed as of Standard Webhooks where there is a key.
fn webhook(url: &str, key: Option<&WebhookSecret>, id: &str, at: i64, body: &Value) -> Request {
    let mut request = Request::new("POST", url);
    let bytes = body.to_string().into_bytes();
    request.headers.push("content-type", "application/json");
    request.headers.push(ID, id);
    request.headers.push(TIMESTAMP, at.to_string());
    if let Some(key) = key {
        request.headers.push(SIGNATURE, WebhookKey::V1(key.clone()).sign(id, at, &bytes));
    }
    request.body = bytes.into();
    request
}

/// Runs a program without a shell, and ends it where it takes too long.
fn run(arguments: &[String]) -> Result<(), String> {
    let (program, arguments) = arguments.split_first().ok_or("there is no program to run")?;
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|error| format!("`{program}` cannot be run: {error}"))?;
    match ended(&mut child, Instant::now() + PATIENCE) {
        Ok(Some(status)) if status.success() => Ok(()),
        Ok(Some(status)) => Err(format!("`{program}` ended with {status}")),
        Ok(None) => Err(format!("`{program}` took longer than {} s and was ended", PATIENCE.as_secs())),
        Err(error) => Err(format!("`{program}` cannot be waited for: {error}")),
    }
}

fn ended(child: &mut Child, until: Instant) -> std::io::Result<Option<ExitStatus>> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= until {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(LOOK);
    }
}

#[cfg(test)]
mod tests {
    use super::{run, webhook};
    use crate::callback::standard::WebhookSecret;
    use serde_json::json;

    #[test]
    fn a_webhook_is_signed_where_there_is_a_key() {
        let key = WebhookSecret::from_bytes(b"0123456789abcdef0123456789abcdef".to_vec());
        let body = json!({"type": "monitor.down"});
        let signed = webhook("http://127.0.0.1:1/hook", Some(&key), "alert_1", 1_700_000_000, &body);
        let header = |name: &str| signed.headers.get(name).map(str::to_owned);
        assert_eq!(header("webhook-id").as_deref(), Some("alert_1"));
        assert_eq!(header("webhook-timestamp").as_deref(), Some("1700000000"));
        let expected = crate::callback::standard::WebhookKey::V1(key).sign("alert_1", 1_700_000_000, &signed.body);
        assert_eq!(header("webhook-signature"), Some(expected));
        let bare = webhook("http://127.0.0.1:1/hook", None, "alert_1", 1_700_000_000, &body);
        assert_eq!((bare.headers.get("webhook-signature"), &*bare.body), (None, br#"{"type":"monitor.down"}"#.as_slice()));
    }

    #[test]
    fn a_command_that_fails_or_is_not_there_is_said() {
        let words = |all: &[&str]| all.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        assert_eq!(run(&words(&["true", "a; exit 1"])), Ok(()));
        assert!(run(&words(&["false"])).is_err_and(|why| why.starts_with("`false` ended with exit status: 1")));
        assert!(run(&words(&["no-such-program-here"])).is_err_and(|why| why.contains("cannot be run")));
    }
}
