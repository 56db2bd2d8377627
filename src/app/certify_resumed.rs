//! The certification that another one goes on with, and what keeps it from doing so.
//!
//! Reads what is stored and compares it with what is wished. Sends nothing.

use crate::app::certify::Settings;
use crate::base::diagnostic::Diagnostic;
use crate::model::certification::ModuleId;
use crate::model::redact::Redactor;
use crate::plan::certification::CertificationPlan;
use crate::record::certification::shape::StatusRecord;
use crate::record::certification::{CertificationRecord, store as stored};
use crate::record::scrub;
use crate::record::shape::DocumentRecord;
use crate::suite::ast::profile::Profile;
use std::path::Path;

/// The certification that is to be gone on with; it has to be one on the same profile, spec and overlays.
pub(super) fn earlier(
    settings: &Settings,
    profile: &Profile,
    documents: &[DocumentRecord],
    mistakes: &mut Vec<Diagnostic>,
) -> Option<CertificationRecord> {
    let folder = settings.resume.as_deref()?;
    let record = stored::read(folder).map_err(|fault| mistakes.push(fault)).ok()?;
    let (was, is) = (&record.profile.name, &profile.name.value);
    if was != is {
        let message = format!("`{}` is a certification of another profile: `{was}`, not `{is}`", folder.display());
        mistakes.push(Diagnostic::error("certify/resume", message).hint(format!("go on with --profile {was}, or begin anew")));
    }
    let judged_by = |document: &&DocumentRecord| !matches!(document.kind.as_str(), "environment" | "calendar");
    if !record.documents.iter().filter(judged_by).eq(documents.iter().filter(judged_by)) {
        let message = format!("the profile, the spec or an overlay is not the one with which `{}` was begun", folder.display());
        let hint = "name the same --spec and --overlay; what was judged by other words does not count";
        mistakes.push(Diagnostic::error("certify/resume", message).hint(hint));
    }
    Some(record)
}

/// What is wished otherwise than when the certification that is gone on with was begun: what was kept of it would be mixed with what
/// was made in another way.
pub(super) fn other_wish(
    settings: &Settings,
    record: &CertificationRecord,
    plan: &CertificationPlan,
    redactor: &Redactor,
) -> Vec<Diagnostic> {
    let folder = settings.resume.as_deref().unwrap_or(Path::new("")).display();
    let mistake = |message: String, hint: String| Diagnostic::error("certify/resume", message).hint(hint);
    let mut mistakes = Vec::new();
    // What was hidden of the URL cannot be told from another one.
    let url = scrub::url(redactor, &settings.url);
    if record.registered != url {
        let message = format!("`{folder}` is a certification of another endpoint: `{}`, not `{url}`", record.registered);
        mistakes.push(mistake(message, "go on with the same URL, or begin anew".to_owned()));
    }
    let listed = |names: Vec<&str>| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let was: Vec<&str> = record.endpoints.iter().map(|endpoint| endpoint.operation.as_str()).collect();
    let is: Vec<&str> = plan.endpoints.iter().map(|endpoint| endpoint.name.as_str()).collect();
    if was != is {
        let options: Vec<String> = was.iter().map(|name| format!("--callback {name}")).collect();
        let message = format!("`{folder}` delivers to {}, and this would go on with {}", listed(was), listed(is));
        mistakes.push(mistake(message, format!("name the same callbacks: {}", options.join(" "))));
    }
    if let Some(seed) = settings.seed.filter(|seed| seed.0 != record.seed) {
        let message = format!("`{folder}` was begun with the seed {}, not {seed}", record.seed);
        mistakes.push(mistake(message, "leave --seed out: it goes on with its own".to_owned()));
    }
    let left_out = |id: &ModuleId| *id != ModuleId::DeliveryRate && !plan.modules.contains(id);
    let same_selection = plan.profile.modules.keys().filter(|id| left_out(id)).map(|id| id.key()).eq(record.left_out.iter());
    let had_load = same_selection && record.planned > plan.modules.len();
    let kept = record.modules.iter().any(|m| m.key == ModuleId::DeliveryRate.key() && m.status == StatusRecord::Finished);
    if settings.load.is_none() && had_load && !kept {
        let message = format!("`{folder}` was also to deliver at a rate, which is not done yet");
        mistakes.push(mistake(message, "name the rate again: --load RATE, with --for TIME".to_owned()));
    }
    mistakes
}
