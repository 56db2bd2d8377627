//! The modules, one function each, by what they have in common.
//!
//! Names which function stands for which module. Never judges an answer itself.

mod accepted;
mod rate;
mod refused;
mod repeated;
mod robust;
mod secure;
mod signed;
mod whole;

use crate::certify::stage::{Run, Stage};
use crate::certify::tally::Tally;
use crate::model::certification::ModuleId;
use crate::plan::certification::SigningPlan;

pub(super) use secure::{Preflight, preflight};

/// Runs a module.
pub(super) async fn run(run: &Run<'_>) -> Tally {
    if about_deliveries(run.id)
        && let Some(why) = cannot_deliver(run.stage)
    {
        return Tally::skipped(why);
    }
    match run.id {
        ModuleId::Tls => secure::tls(run).await,
        ModuleId::Authorization => secure::authorization(run).await,
        ModuleId::ValidDelivery => accepted::valid_delivery(run).await,
        ModuleId::UnknownField => accepted::unknown_field(run).await,
        ModuleId::UnknownValue => accepted::unknown_value(run).await,
        ModuleId::OptionalAbsent => accepted::optional_absent(run).await,
        ModuleId::DuplicateDelivery => repeated::duplicate_delivery(run).await,
        ModuleId::ConcurrentDuplicates => repeated::concurrent_duplicates(run).await,
        ModuleId::OutOfOrder => repeated::out_of_order(run).await,
        ModuleId::DelayedReplay => repeated::delayed_replay(run).await,
        ModuleId::SignatureRefused => signed::signature_refused(run).await,
        ModuleId::AttemptTime => signed::attempt_time(run).await,
        ModuleId::KeyRotation => signed::key_rotation(run).await,
        ModuleId::RawBytes => signed::raw_bytes(run).await,
        ModuleId::InvalidBody => refused::invalid_body(run).await,
        ModuleId::ContentType => refused::content_type(run).await,
        ModuleId::Methods => refused::methods(run).await,
        ModuleId::Handshake => refused::handshake(run).await,
        ModuleId::HostileJson => robust::hostile_json(run).await,
        ModuleId::Oversize => robust::oversize(run).await,
        ModuleId::Overload => robust::overload(run).await,
        ModuleId::PartialBody => robust::partial_body(run).await,
        ModuleId::DeliveryRate => rate::delivery_rate(run).await,
        ModuleId::ResponseTime => whole::response_time(run),
        ModuleId::Redirect => whole::redirect(run).await,
        ModuleId::ErrorBodies => whole::error_bodies(run),
    }
}

/// Whether a module sends anything to a living endpoint.
pub(super) fn sends(id: ModuleId) -> bool {
    !matches!(id, ModuleId::Tls | ModuleId::ResponseTime | ModuleId::ErrorBodies)
}

/// Whether a module needs deliveries that the endpoint has to take for the platform's.
fn about_deliveries(id: ModuleId) -> bool {
    !matches!(id, ModuleId::Tls | ModuleId::Methods | ModuleId::Handshake | ModuleId::ResponseTime | ModuleId::ErrorBodies)
}

/// Why no delivery can be made that the endpoint would have to accept.
fn cannot_deliver(stage: &Stage<'_>) -> Option<String> {
    if let SigningPlan::KeyMissing(what_to_do) = &stage.plan.signing {
        return Some(what_to_do.clone());
    }
    if stage.plan.profile.tls.mutual && stage.world.dial.tls.identity_pem.is_none() {
        return Some("the profile's client certificate is not given: name it with --cert and --cert-key".to_owned());
    }
    let authorization = stage.plan.profile.authorization.as_ref()?;
    let missing = authorization.value.is_none();
    missing.then(|| format!("the profile's `{}` has no value: its environment variable is not set", authorization.header))
}
