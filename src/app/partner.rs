//! `proofmark partner`: serves a callback endpoint to certify, until it is stopped.
//!
//! Wires settings, socket, partner and the files of its TLS. Never prints.

use crate::base::diagnostic::Diagnostic;
use crate::base::secret::Secret;
use crate::base::units::Nanos;
use crate::net::server::bind;
use crate::partner::faults::Fault;
use crate::partner::profile::Profile;
use crate::partner::{Pace, PartnerOptions, Pki, RunningPartner, start};
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use tokio_util::sync::CancellationToken;

/// The published example of Standard Webhooks: what deliveries are verified by where no secret is given, and the sandbox's own.
const PUBLISHED: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// What was asked for.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The address to listen on.
    pub address: String,
    /// What is agreed on with the sender.
    pub profile: Profile,
    /// What signatures are verified by.
    pub secret: Option<Secret<String>>,
    /// The value of `Authorization` that deliveries have to bear.
    pub authorization: Option<Secret<String>>,
    /// The faults that are on.
    pub faults: Vec<Fault>,
    /// Where signatures are asked for after a notification.
    pub follow_up: Option<String>,
    /// How late the answer of `slow-event` is.
    pub slow_by: Option<Nanos>,
    /// Speak TLS.
    pub tls: bool,
    /// Where the files go that a sender needs for TLS.
    pub pki: PathBuf,
}

/// A partner that serves.
#[derive(Debug)]
pub struct Serving {
    /// It.
    pub running: RunningPartner,
    /// What to type to certify it. Secrets that were given are not in it.
    pub command: String,
    /// What has to be in the environment for that, beside.
    pub beside: Vec<&'static str>,
}

/// Starts a partner.
///
/// # Errors
/// A diagnostic when settings do not go together, the address cannot be bound or a file cannot be written.
pub async fn serve(settings: Settings, stop: CancellationToken) -> Result<Serving, Diagnostic> {
    let mut beside = Vec::new();
    let mut command = String::new();
    let secret = match &settings.secret {
        Some(secret) => {
            if settings.profile.scheme().is_some() {
                beside.push("PROOFMARK_SECRET");
            }
            Some(secret.clone())
        }
        None => published(settings.profile)?,
    };
    if settings.secret.is_none() && secret.is_some() {
        command = format!(" --secret {PUBLISHED}");
    }
    let listener = bind(&settings.address).await.map_err(|why| Diagnostic::error("partner/bind", why))?;
    let options = PartnerOptions {
        profile: settings.profile,
        secret,
        authorization: settings.authorization.clone().map(|value| ("authorization".to_owned(), value)),
        tls: settings.tls,
        faults: settings.faults,
        follow_up: settings.follow_up,
        pace: Pace { slow_by: settings.slow_by.map_or(Pace::default().slow_by, Nanos::duration), ..Pace::default() },
        ..PartnerOptions::default()
    };
    let running = start(listener, options, stop).await.map_err(|why| Diagnostic::error("partner/start", why))?;
    if settings.authorization.is_some() {
        command.push_str(" --authorization ...");
    }
    if let Some(pki) = &running.pki {
        let files = write(pki, &settings.pki, settings.profile == Profile::Mtls)
            .map_err(|(file, why)| Diagnostic::error("partner/pki", format!("cannot write {}: {why}", file.display())))?;
        for (flag, file) in files {
            command.push_str(&format!(" {flag} {}", file.display()));
        }
    }
    let command = format!("proofmark certify {} --profile {}{command}", running.url, settings.profile);
    Ok(Serving { running, command, beside })
}

/// The published secret, for profiles whose secret is shared.
fn published(profile: Profile) -> Result<Option<Secret<String>>, Diagnostic> {
    match profile {
        Profile::Laas | Profile::Mtls => Ok(None),
        Profile::LaasHmac | Profile::StandardWebhooks | Profile::HttpSignatures => Ok(Some(Secret::new(PUBLISHED.to_owned()))),
        Profile::StandardWebhooksEd25519 => {
            Err(Diagnostic::error("partner/secret", format!("the profile {profile} needs a key"))
                .hint("give the sender's public key: --secret whpk_...; `proofmark keygen` makes a pair"))
        }
    }
}

type Written = Vec<(&'static str, PathBuf)>;

/// Writes what a sender needs, and says by which flags it is given.
fn write(pki: &Pki, folder: &Path, mutual: bool) -> Result<Written, (PathBuf, std::io::Error)> {
    fs::create_dir_all(folder).map_err(|why| (folder.to_owned(), why))?;
    let mut wanted = vec![("--cacert", "ca.pem", pki.ca_pem.as_str())];
    if mutual {
        wanted.push(("--cert", "client.pem", &pki.client.certificate_pem));
        wanted.push(("--cert-key", "client-key.pem", pki.client.key_pem.expose()));
    }
    let put = |(flag, name, text): (&'static str, &str, &str)| {
        let file = folder.join(name);
        match private(&file).and_then(|mut open| open.write_all(text.as_bytes())) {
            Ok(()) => Ok((flag, file)),
            Err(why) => Err((file, why)),
        }
    };
    wanted.into_iter().map(put).collect()
}

/// A new file that nobody else may read, as one of them is a key.
fn private(file: &Path) -> std::io::Result<fs::File> {
    // One that is there already may be open to others.
    match fs::remove_file(file) {
        Err(why) if why.kind() != std::io::ErrorKind::NotFound => return Err(why),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(file)
}

#[cfg(test)]
mod tests {
    use super::{PUBLISHED, Settings, serve};
    use crate::base::secret::Secret;
    use crate::partner::faults::Fault;
    use crate::partner::profile::Profile;
    use tokio_util::sync::CancellationToken;

    fn settings(profile: Profile) -> Settings {
        Settings {
            address: "127.0.0.1:0".to_owned(),
            profile,
            secret: None,
            authorization: None,
            faults: Vec::new(),
            follow_up: None,
            slow_by: None,
            tls: false,
            pki: "unused".into(),
        }
    }

    #[tokio::test]
    async fn the_command_to_type_names_everything_but_secrets() {
        let serving = serve(settings(Profile::LaasHmac), CancellationToken::new()).await.unwrap();
        let url = &serving.running.url;
        assert_eq!(serving.command, format!("proofmark certify {url} --profile laas-hmac --secret {PUBLISHED}"));
        let given = Settings {
            secret: Some(Secret::new("whsec_aGlkZGVu".to_owned())),
            authorization: Some(Secret::new("Bearer hidden".to_owned())),
            ..settings(Profile::StandardWebhooks)
        };
        let serving = serve(given, CancellationToken::new()).await.unwrap();
        let url = &serving.running.url;
        assert_eq!(serving.command, format!("proofmark certify {url} --profile standard-webhooks --authorization ..."));
        assert_eq!(serving.beside, ["PROOFMARK_SECRET"]);
    }

    #[tokio::test]
    async fn the_files_of_mutual_tls_are_written_and_the_key_is_private() {
        let folder = tempfile::tempdir().unwrap();
        let mutual = Settings { pki: folder.path().join("pki"), ..settings(Profile::Mtls) };
        let serving = serve(mutual.clone(), CancellationToken::new()).await.unwrap();
        let again = serve(mutual, CancellationToken::new()).await.unwrap();
        let key = folder.path().join("pki/client-key.pem");
        for serving in [&serving, &again] {
            assert!(serving.running.url.starts_with("https://127.0.0.1:"), "{}", serving.running.url);
            assert!(serving.command.ends_with(&format!("--cert-key {}", key.display())), "{}", serving.command);
        }
        let pki = again.running.pki.as_ref().unwrap();
        assert_eq!(std::fs::read_to_string(&key).unwrap(), *pki.client.key_pem.expose());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[tokio::test]
    async fn what_does_not_go_together_is_told() {
        let faulty = Settings { faults: vec![Fault::Reserialises], ..settings(Profile::Laas) };
        let told = serve(faulty, CancellationToken::new()).await.unwrap_err();
        assert!(told.render(false).contains("`reserialises` needs a profile that signs"), "{}", told.render(false));
        let keyless = serve(settings(Profile::StandardWebhooksEd25519), CancellationToken::new()).await.unwrap_err();
        assert!(keyless.render(false).contains("whpk_"), "{}", keyless.render(false));
    }
}
