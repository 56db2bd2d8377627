//! What a sandbox can be told: its clients, partners, secret, page size, retention and replay rule.
//!
//! Reads its own YAML and gives the defaults. Never opens a file, and holds no state.

use crate::base::secret::Secret;
use crate::base::units::Nanos;
use serde::Deserialize;

/// One OAuth client of the sandbox.
#[derive(Clone, Debug)]
pub struct ClientConfig {
    /// The client id.
    pub id: String,
    /// Its secret.
    pub secret: Secret<String>,
    /// The scopes it may ask for; all of them when it names none.
    pub scopes: Vec<String>,
    /// The partner on whose behalf it calls the push APIs.
    pub partner: Option<String>,
}

/// Everything a sandbox can be told beside its clock and faults.
#[derive(Clone, Debug)]
pub struct SandboxConfig {
    /// The OAuth clients.
    pub clients: Vec<ClientConfig>,
    /// The partner identifiers that exist.
    pub partners: Vec<String>,
    /// Hosts on the allow-list from the start, with or without a port.
    pub allowed_endpoints: Vec<String>,
    /// Whether deliveries may go to private and other special addresses beside loopback.
    pub allow_private_addresses: bool,
    /// Signs deliveries, in the `whsec_` form of Standard Webhooks.
    pub webhook_secret: Secret<String>,
    /// How many items one retrieval returns at most.
    pub page_size: usize,
    /// How long an item waits for retrieval.
    pub retention: Nanos,
    /// How long a token is good for.
    pub token_lifetime: Nanos,
    /// The time between two attempts at one notification.
    pub replay_interval: Nanos,
    /// How many attempts follow a failed first one.
    pub replay_count: u32,
}

impl Default for SandboxConfig {
    fn default() -> Self {
        let client = |id: &str, secret: &str, scope: &str, partner: Option<&str>| ClientConfig {
            id: id.to_owned(),
            secret: Secret::new(secret.to_owned()),
            scopes: vec![scope.to_owned()],
            partner: partner.map(str::to_owned),
        };
        Self {
            clients: vec![
                client("laas-partner", "laas-secret", "oob", Some("PARTNER-1")),
                client("notification-admin", "admin-secret", "notification:consent:administrator", None),
                client("notification-consumer", "consumer-secret", "notification:consent:consumer", None),
                client("other-consumer", "other-secret", "notification:consent:consumer", None),
            ],
            partners: vec!["PARTNER-1".to_owned()],
            allowed_endpoints: Vec::new(),
            allow_private_addresses: false,
            // The first published vector of Standard Webhooks.
            webhook_secret: Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned()),
            page_size: 100,
            retention: Nanos(6 * 3_600 * 1_000_000_000),
            token_lifetime: Nanos(3_600 * 1_000_000_000),
            replay_interval: Nanos(3_600 * 1_000_000_000),
            replay_count: 3,
        }
    }
}

impl SandboxConfig {
    /// Reads a configuration; what it leaves out keeps its default.
    ///
    /// # Errors
    /// A lower-case fragment that names the key and, where known, the line.
    pub fn from_yaml(text: &str) -> Result<Self, String> {
        let raw: Raw = serde_yaml::from_str(text).map_err(|e| e.to_string())?;
        let default = Self::default();
        let duration = |text: Option<String>, default: Nanos| text.map_or(Ok(default), |t| Nanos::parse(&t));
        let config = Self {
            clients: raw.clients.map_or(default.clients, |all| all.into_iter().map(ClientConfig::from).collect()),
            partners: raw.partners.unwrap_or(default.partners),
            allowed_endpoints: raw.allowed_endpoints.unwrap_or_default(),
            allow_private_addresses: raw.allow_private_addresses.unwrap_or_default(),
            webhook_secret: raw.webhook_secret.map_or(default.webhook_secret, Secret::new),
            page_size: raw.page_size.unwrap_or(default.page_size),
            retention: duration(raw.retention, default.retention)?,
            token_lifetime: duration(raw.token_lifetime, default.token_lifetime)?,
            replay_interval: duration(raw.replay_interval, default.replay_interval)?,
            replay_count: raw.replay_count.unwrap_or(default.replay_count),
        };
        config.checked()
    }

    fn checked(self) -> Result<Self, String> {
        if self.page_size == 0 {
            return Err("`page_size` must be at least 1".to_owned());
        }
        if self.replay_interval.0 == 0 {
            return Err("`replay_interval` must be longer than nothing".to_owned());
        }
        for client in &self.clients {
            if let Some(partner) = client.partner.as_ref().filter(|p| !self.partners.contains(p)) {
                return Err(format!("client `{}` stands for `{partner}`, which is not among `partners`", client.id));
            }
        }
        Ok(self)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawClient {
    id: String,
    secret: String,
    scopes: Vec<String>,
    partner: Option<String>,
}

impl From<RawClient> for ClientConfig {
    fn from(raw: RawClient) -> Self {
        Self { id: raw.id, secret: Secret::new(raw.secret), scopes: raw.scopes, partner: raw.partner }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    clients: Option<Vec<RawClient>>,
    partners: Option<Vec<String>>,
    allowed_endpoints: Option<Vec<String>>,
    allow_private_addresses: Option<bool>,
    webhook_secret: Option<String>,
    page_size: Option<usize>,
    retention: Option<String>,
    token_lifetime: Option<String>,
    replay_interval: Option<String>,
    replay_count: Option<u32>,
}

#[cfg(test)]
mod tests {
    use super::SandboxConfig;
    use crate::base::units::Nanos;

    #[test]
    fn keeps_defaults_and_refuses_what_it_does_not_know() {
        let config = SandboxConfig::from_yaml("page_size: 2\nretention: 10m\n").expect("a configuration");
        assert_eq!((config.page_size, config.retention), (2, Nanos(600_000_000_000)));
        assert_eq!(config.clients.len(), 4);
        for (text, part) in [
            ("pagesize: 2", "pagesize"),
            ("page_size: 0", "page_size"),
            ("retention: soon", "soon"),
            ("partners: [P]", "PARTNER-1"),
        ] {
            assert!(SandboxConfig::from_yaml(text).is_err_and(|e| e.contains(part)), "{text}");
        }
    }
}
