//! Binds who is told of what: secrets of webhooks become what they hold in this environment.
//!
//! Shows no secret in what it says. Starts no program and opens no connection.

use crate::base::diagnostic::{Diagnostic, Diagnostics};
use crate::base::distance::did_you_mean;
use crate::base::secret::Secret;
use crate::callback::standard::WebhookSecret;
use crate::net::address::parse_origin;
use crate::suite::ast::environment::Environment;
use crate::suite::ast::monitor::{AlertHow, AlertState, MonitorPlan};
use crate::suite::template::{Scope, Template};
use serde_json::Value;

/// Who is told of what.
#[derive(Clone, Debug)]
pub struct PlannedAlert {
    /// Of what; never empty, and nothing twice.
    pub on: Vec<AlertState>,
    /// How.
    pub how: PlannedHow,
}

/// How somebody is told.
#[derive(Clone, Debug)]
pub enum PlannedHow {
    /// By a program, the first, with its arguments, which know [`crate::suite::ast::monitor::ALERT_NAMES`].
    Command(Vec<Template>),
    /// By a request with what is told.
    Webhook {
        /// Where to: a URL of http or https, which may bear a secret.
        url: Secret<String>,
        /// What it is signed with, as of Standard Webhooks `v1`.
        key: Option<WebhookSecret>,
    },
}

/// The secrets that an environment declares.
struct Secrets<'a>(&'a Environment);

impl Scope for Secrets<'_> {
    fn lookup(&self, name: &str) -> Option<Value> {
        let name = name.strip_prefix("secret.")?;
        let (_, secret) = self.0.declared_secrets.iter().find(|(known, _)| known == name)?;
        Some(Value::String(secret.expose().clone()))
    }
}

/// Binds the alerts of a plan; one with a mistake is left out.
pub(super) fn bind(monitor: &MonitorPlan, environment: &Environment, faults: &mut Diagnostics) -> Vec<PlannedAlert> {
    let mut alerts = Vec::new();
    for alert in &monitor.alerts {
        let how = match &alert.how {
            AlertHow::Command(arguments) => Some(PlannedHow::Command(arguments.clone())),
            AlertHow::Webhook { url, secret } => webhook(url, secret.as_ref(), monitor, environment, faults),
        };
        alerts.extend(how.map(|how| PlannedAlert { on: alert.on.clone(), how }));
    }
    alerts
}

fn webhook(
    url: &Template,
    secret: Option<&Template>,
    monitor: &MonitorPlan,
    environment: &Environment,
    faults: &mut Diagnostics,
) -> Option<PlannedHow> {
    let address = resolved(url, monitor, environment, faults).and_then(|text| {
        if parse_origin(&text).is_ok() {
            return Some(text);
        }
        let fault = Diagnostic::error("monitor/webhook", "this is no URL of http, with what its secrets hold");
        faults.push(fault.at(monitor.place(url.span)).hint("such as https://ops.example.com/hook"));
        None
    });
    let key = secret.map(|secret| {
        let text = resolved(secret, monitor, environment, faults)?;
        WebhookSecret::parse(&text)
            .map_err(|why| {
                let hint = "a secret of Standard Webhooks is `whsec_` and base64: `proofmark keygen --webhook` makes one";
                faults.push(Diagnostic::error("monitor/webhook", why).at(monitor.place(secret.span)).hint(hint));
            })
            .ok()
    });
    let key = match key {
        None => None,
        Some(key) => Some(key?),
    };
    Some(PlannedHow::Webhook { url: Secret::new(address?), key })
}

/// The text of a template; every secret that is not declared is said.
fn resolved(template: &Template, monitor: &MonitorPlan, environment: &Environment, faults: &mut Diagnostics) -> Option<String> {
    let secrets = Secrets(environment);
    for (name, span) in template.variables().filter(|(name, _)| secrets.lookup(name).is_none()) {
        let short = name.strip_prefix("secret.").unwrap_or(name);
        let known: Vec<&str> = environment.declared_secrets.iter().map(|(name, _)| name.as_str()).collect();
        let near = did_you_mean(short, known).filter(|hint| hint.starts_with("did"));
        let hint = near.unwrap_or_else(|| format!("declare it there: secrets: {{{short}: \"${{env.NAME}}\"}}"));
        let fault = Diagnostic::error("monitor/unknown-secret", format!("the environment declares no secret `{short}`"));
        faults.push(fault.at(monitor.place(span)).hint(hint));
    }
    template.resolve_text(&secrets).ok()
}
