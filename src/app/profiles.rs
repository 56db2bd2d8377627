//! Loads a certification profile with what it extends, its spec and the callbacks that it certifies.
//!
//! Gathers every mistake of every file. Sends nothing to any endpoint.

use crate::app::reader::{Reader, Rights};
use crate::app::spec::{self, Overlays};
use crate::app::{files, shipped};
use crate::base::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::base::distance::did_you_mean;
use crate::base::source::{Source, Span};
use crate::contract::Contract;
use crate::contract::model::{Callback, Operation};
use crate::record::digest;
use crate::record::shape::DocumentRecord;
use crate::suite::ast::Spanned;
use crate::suite::ast::profile::{ExpectedFailure, Profile};
use crate::suite::{load_expected_failures, load_profile};
use std::sync::Arc;

/// What an endpoint is to be certified on.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// The profile: a file, or the name of a shipped one.
    pub profile: String,
    /// A spec instead of the profile's: a file, a URL, or the name of a shipped one.
    pub spec: Option<String>,
    /// Callbacks or webhooks instead of the profile's; with another spec and no names all of that spec.
    pub callbacks: Vec<String>,
    /// Overlays for the spec.
    pub overlays: Vec<String>,
    /// What the spec may refer to.
    pub rights: Rights,
}

/// A callback or webhook, and the operation that causes it; a webhook has none.
pub type Caused = (Callback, Option<Arc<Operation>>);

/// What was loaded.
#[derive(Debug)]
pub struct Loaded {
    /// The profile. Its files (`tls`) are named as they are to be opened.
    pub profile: Profile,
    /// The spec, as it is to be opened.
    pub spec: String,
    /// Its contract.
    pub contract: Arc<Contract>,
    /// What is certified; never empty.
    pub callbacks: Vec<Caused>,
    /// Every document read, by digest.
    pub documents: Vec<DocumentRecord>,
    /// Warnings, which keep nothing from being certified.
    pub warnings: Vec<Diagnostic>,
}

/// Loads a profile and everything that it names.
///
/// # Errors
/// Every mistake of every file, in order of file and line.
pub fn load(wanted: &Wanted, env: &dyn Fn(&str) -> Option<String>) -> Result<Loaded, Vec<Diagnostic>> {
    let mut faults = Diagnostics::new();
    let reader = Reader::new(wanted.rights.clone());
    let overlays = Overlays::read(&wanted.overlays, &reader, &mut faults);
    let loaded = load_with(wanted, env, &reader, &overlays, &mut faults);
    faults.extend(overlays.unused());
    match loaded {
        Some(loaded) if !faults.has_errors() => Ok(Loaded { warnings: faults.sorted(), ..loaded }),
        _ => Err(faults.sorted().into_iter().filter(|d| d.severity == Severity::Error).collect()),
    }
}

fn load_with(
    wanted: &Wanted,
    env: &dyn Fn(&str) -> Option<String>,
    reader: &Reader,
    overlays: &Overlays,
    faults: &mut Diagnostics,
) -> Option<Loaded> {
    let source = match open(reader, &wanted.profile) {
        Ok(source) => source,
        Err(fault) => {
            faults.push(fault);
            return None;
        }
    };
    let (profile, more) = read(reader, &source, env);
    faults.extend(more);
    let mut profile = profile?;
    if wanted.spec.is_some() || !wanted.callbacks.is_empty() {
        profile.callbacks = Vec::new();
    }
    let name = wanted.spec.as_ref().map_or_else(|| spec_of(&profile), |typed| spec_name("", typed));
    let of_profile = wanted.spec.is_none();
    let source = match reader.open(&name) {
        Ok(source) => source,
        Err(fault) => {
            faults.push(if of_profile { fault.at(profile.place(profile.spec.span)) } else { fault });
            return None;
        }
    };
    let mut documents: Vec<DocumentRecord> = std::iter::once(&profile.source)
        .chain(&profile.bases)
        .map(|source| digest::document("profile", source.name(), source.text().as_bytes()))
        .collect();
    documents.push(digest::document("spec", source.name(), source.text().as_bytes()));
    documents.extend(overlays.documents());
    let (contract, more) = spec::load(&source, reader, overlays);
    faults.extend(more);
    let contract = Arc::new(contract?);
    let callbacks = match (of_profile, wanted.callbacks.is_empty()) {
        (true, true) => callbacks(&profile, &contract, faults),
        (false, true) => {
            let all = all(&contract);
            if all.is_empty() {
                faults.push(nothing_described(&contract));
            }
            all
        }
        (_, false) => named(&contract, &wanted.callbacks, faults),
    };
    values(&profile, &callbacks, of_profile, faults);
    files_of_tls(&mut profile);
    Some(Loaded { profile, spec: name, contract, callbacks, documents, warnings: Vec::new() })
}

/// Reads a list of failures that are expected.
///
/// # Errors
/// Every mistake of the file.
pub fn expected_failures(name: &str) -> Result<Vec<ExpectedFailure>, Vec<Diagnostic>> {
    let source = files::read(&files::beside("", name)).map_err(|fault| vec![fault])?;
    let (failures, faults) = load_expected_failures(&source);
    if faults.has_errors() { Err(faults.sorted()) } else { Ok(failures) }
}

/// A profile that was read, with what it extends.
pub(super) fn read(
    reader: &Reader,
    source: &Arc<Source>,
    env: &dyn Fn(&str) -> Option<String>,
) -> (Option<Profile>, Diagnostics) {
    let bases = |from: &Source, name: &str| match shipped::profile(name) {
        Some(file) => files::read(&format!("{}{file}", files::SHIPPED)),
        None => reader.open(&files::beside(from.name(), name)).map_err(|fault| with_names(fault, name)),
    };
    load_profile(source, &bases, env)
}

/// Opens what was named: a shipped profile, else a file.
pub(super) fn open(reader: &Reader, typed: &str) -> Result<Arc<Source>, Diagnostic> {
    match shipped::profile(typed) {
        Some(file) => files::read(&format!("{}{file}", files::SHIPPED)),
        None => reader.open(&files::beside("", typed)).map_err(|fault| with_names(fault, typed)),
    }
}

/// A name without a folder or an extension is meant to be a shipped one.
fn with_names(mut fault: Diagnostic, typed: &str) -> Diagnostic {
    if !typed.contains(['/', '\\']) && std::path::Path::new(typed).extension().is_none() {
        fault.hint = did_you_mean(typed, shipped::profiles());
    }
    fault
}

/// The spec of a profile, as it is to be opened.
pub(super) fn spec_of(profile: &Profile) -> String {
    spec_name(profile.place(profile.spec.span).source.name(), &profile.spec.value)
}

pub(super) fn spec_name(base: &str, name: &str) -> String {
    let shipped_name = format!("specs/{name}.yaml");
    match shipped::text(&shipped_name) {
        Some(_) => format!("{}{shipped_name}", files::SHIPPED),
        None => files::beside(base, name),
    }
}

/// What a profile certifies; faults stand at its names.
pub(super) fn callbacks(profile: &Profile, contract: &Contract, faults: &mut Diagnostics) -> Vec<Caused> {
    if profile.callbacks.is_empty() {
        let all = all(contract);
        if all.is_empty() {
            faults.push(nothing_described(contract).at(profile.place(profile.spec.span)));
        }
        return all;
    }
    let mut found = Vec::new();
    for name in &profile.callbacks {
        match matching(contract, &name.value) {
            Ok(more) => add(&mut found, more),
            Err(fault) => faults.push(fault.at(profile.place(name.span))),
        }
    }
    found
}

fn nothing_described(contract: &Contract) -> Diagnostic {
    let message = format!("`{}` describes no callback and no webhook", contract.source_name());
    Diagnostic::error("profile/callback", message).hint("`callbacks` of an operation, or `webhooks` of the document")
}

pub(super) fn named(contract: &Contract, names: &[String], faults: &mut Diagnostics) -> Vec<Caused> {
    let mut found = Vec::new();
    for name in names {
        match matching(contract, name) {
            Ok(more) => add(&mut found, more),
            Err(fault) => faults.push(fault),
        }
    }
    found
}

fn add(found: &mut Vec<Caused>, more: Vec<Caused>) {
    for caused in more {
        if !found.contains(&caused) {
            found.push(caused);
        }
    }
}

pub(super) fn all(contract: &Contract) -> Vec<Caused> {
    let callbacks = contract.callbacks().map(|(operation, callback)| (callback.clone(), Some(Arc::clone(operation))));
    callbacks.chain(contract.webhooks.iter().map(|webhook| (webhook.clone(), None))).collect()
}

/// The names of a callback: its key behind the operation that causes it, its key, the `operationId` of what is sent.
fn names((callback, operation): &Caused) -> Vec<String> {
    let whole = operation.iter().map(|o| format!("{}.{}", o.id, callback.name));
    whole.chain([callback.name.clone(), callback.operation.id.clone()]).collect()
}

fn matching(contract: &Contract, name: &str) -> Result<Vec<Caused>, Diagnostic> {
    let all = all(contract);
    let found: Vec<Caused> = all.iter().filter(|caused| names(caused).iter().any(|n| n == name)).cloned().collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let message = format!("`{}` describes no callback or webhook `{name}`", contract.source_name());
    let mut known: Vec<String> = all.iter().flat_map(|caused| names(caused).into_iter().take(1)).collect();
    known.dedup();
    let near: Vec<String> = all.iter().flat_map(names).collect();
    let hint =
        crate::base::distance::nearest(name, near.iter().map(String::as_str)).map(|near| format!("did you mean `{near}`?"));
    let hint = hint.or_else(|| did_you_mean(name, known.iter().map(String::as_str)));
    Err(Diagnostic::error("profile/callback", message).maybe_hint(hint))
}

/// Values of the callbacks' expressions: those that are wanted, and those that nothing wants.
pub(super) fn values(profile: &Profile, callbacks: &[Caused], own_spec: bool, faults: &mut Diagnostics) {
    let mut wanted: Vec<&str> = Vec::new();
    for (callback, operation) in callbacks {
        // A webhook has no expression, and what is registered stands for the first one.
        let Some(_) = operation else { continue };
        for expression in expressions(&callback.expression).into_iter().skip(1) {
            if !wanted.contains(&expression) {
                wanted.push(expression);
            }
        }
    }
    for expression in &wanted {
        if !profile.values.iter().any(|(key, _)| key.value == *expression) {
            let message = format!("the URL of a callback needs a value of `{expression}`");
            let hint = format!("give one in the profile: `values: {{\"{expression}\": ...}}`");
            let span = profile.values.first().map_or(profile.name.span, |(key, _)| key.span);
            faults.push(Diagnostic::error("profile/missing-value", message).at(profile.place(span)).hint(hint));
        }
    }
    for (key, _) in profile.values.iter().filter(|(key, _)| own_spec && !wanted.contains(&key.value.as_str())) {
        let message = format!("no URL of a callback has `{}` beside the registered URL", key.value);
        let warning = Diagnostic::warning("profile/unused-value", message).at(profile.place(key.span));
        faults.push(warning.maybe_hint(did_you_mean(&key.value, wanted.iter().copied())));
    }
}

/// The expressions in a URL, without their braces.
fn expressions(url: &str) -> Vec<&str> {
    let inside = |(at, _)| url[at + 1..].split_once('}').map(|(inside, _)| inside);
    url.match_indices("{$").filter_map(inside).collect()
}

/// Names the files under `tls` as they are to be opened: relative to the text that names them, or to where the program runs where
/// a variable does.
fn files_of_tls(profile: &mut Profile) {
    let opened = |file: &Spanned<String>| {
        let place = profile.place(file.span);
        let Span { start, end } = place.span;
        let raw = place.source.text().get(start as usize..end as usize).unwrap_or_default();
        let by_variable = raw.trim_start_matches(['"', '\'']).starts_with("${");
        let base = if by_variable { "" } else { place.source.name() };
        Spanned::new(files::beside(base, &file.value), file.span)
    };
    let tls = &profile.tls;
    let (ca, certificate, key) =
        (tls.ca.as_ref().map(opened), tls.certificate.as_ref().map(opened), tls.key.as_ref().map(opened));
    profile.tls.ca = ca;
    profile.tls.certificate = certificate;
    profile.tls.key = key;
}

#[cfg(test)]
mod tests {
    use super::{Wanted, load};
    use crate::app::shipped;
    use crate::model::certification::ModuleId;
    use crate::suite::ast::profile::Statuses;

    fn wanted(profile: &str) -> Wanted {
        Wanted { profile: profile.to_owned(), ..Wanted::default() }
    }

    #[test]
    fn every_shipped_profile_loads_without_a_word() {
        for name in shipped::profiles() {
            let loaded = load(&wanted(name), &|_| None).unwrap_or_else(|faults| panic!("{name}: {faults:#?}"));
            assert_eq!((loaded.profile.name.value.as_str(), loaded.warnings.as_slice()), (name, [].as_slice()));
            assert_eq!(loaded.callbacks.len(), 1, "{name}");
            assert_eq!(loaded.callbacks[0].0.suffix(), "/notifications");
            let kinds: Vec<&str> = loaded.documents.iter().map(|d| d.kind.as_str()).collect();
            let expected: &[&str] =
                if loaded.profile.bases.is_empty() { &["profile", "spec"] } else { &["profile", "profile", "spec"] };
            assert_eq!(kinds, expected);
            let all = if name == "shared-secret" { ModuleId::ALL.len() - 3 } else { ModuleId::ALL.len() };
            assert_eq!(loaded.profile.modules.len(), all, "{name}");
        }
    }

    /// The table of the document, from the base of the shipped profiles.
    #[test]
    fn the_document_has_the_rows_as_they_are() {
        let laas = load(&wanted("laas"), &|_| None).expect("the profile").profile;
        let words = |statuses: &[Statuses]| {
            let word = |status: &Statuses| match status {
                Statuses::One(status) => status.to_string(),
                Statuses::Class(class) => format!("{class}XX"),
            };
            statuses.iter().map(word).collect::<Vec<_>>().join(", ")
        };
        let mut rows: Vec<_> = laas.modules.iter().collect();
        rows.sort_by_key(|(id, _)| id.row());
        let mut text = "| row | module | asks for | passes | warned of | from |\n|---|---|---|---|---|---|\n".to_owned();
        for (id, spec) in rows {
            let (row, title, from) = (id.row(), id.title(), &spec.requirement.source);
            let line = format!("| {row} | `{id}` | {title} | {} | {} | {from} |", words(&spec.accept), words(&spec.warn));
            text.push_str(&line.replace("|  |", "| |").replace("|  |", "| |"));
            text.push('\n');
        }
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/certification.md");
        let document = std::fs::read_to_string(&path).expect("the document");
        let start = document.find("| row | module |").expect("the table");
        let end = document[start..].find("\n\n").map_or(document.len(), |at| start + at + 1);
        if std::env::var("PROOFMARK_DOCS").as_deref() == Ok("write") {
            std::fs::write(&path, format!("{}{text}{}", &document[..start], &document[end..])).expect("a written document");
        }
        assert_eq!(&document[start..end], text, "run it again with PROOFMARK_DOCS=write");
        let folder = tempfile::tempdir().expect("a folder");
        let mut examples = 0;
        for example in document.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()) {
            let file = folder.path().join(format!("{examples}.yaml"));
            std::fs::write(&file, example).expect("a file");
            let name = file.display().to_string();
            let faults = if example.contains("\nprofile:") {
                load(&wanted(&name), &|_| None).map_or_else(|faults| faults, |loaded| loaded.warnings)
            } else {
                super::expected_failures(&name).map_or_else(|faults| faults, |_| Vec::new())
            };
            assert_eq!(faults, [], "{example}");
            examples += 1;
        }
        assert_eq!(examples, 2);
    }

    const SPEC: &str = "openapi: 3.1.0
info: {title: t, version: '1'}
paths:
  /subscriptions:
    post:
      operationId: subscribe
      responses: {'201': {description: made}}
      callbacks:
        changed:
          '{$request.body#/url}/changes/{$request.body#/id}':
            post: {operationId: receiveChange, responses: {'204': {description: taken}}}
webhooks:
  pinged:
    post: {operationId: receivePing, responses: {'204': {description: taken}}}
";

    /// A folder with a spec, a base below it and a profile that extends the base.
    fn folder(own: &str) -> (tempfile::TempDir, String) {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
            std::fs::write(&path, text).expect("a file");
            path.display().to_string()
        };
        write("api/spec.yaml", SPEC);
        write("bases/base.yaml", "profile: base\nextends: laas\nspec: ../api/spec.yaml\ntls: {ca: ca.pem}\n");
        let own = write("own.yaml", &format!("profile: own\nextends: bases/base.yaml\n{own}"));
        (folder, own)
    }

    fn messages(wanted: &Wanted) -> Vec<String> {
        let faults = load(wanted, &|_| None).expect_err("faults");
        let place = |d: &crate::base::diagnostic::Diagnostic| d.place.as_ref().map_or(0, |p| p.line_column().0);
        faults.iter().map(|d| format!("{} {} {}", place(d), d.code, d.hint.clone().unwrap_or_default())).collect()
    }

    #[test]
    fn files_are_named_relative_to_the_text_that_names_them() {
        let (folder, own) = folder("values: {\"$request.body#/id\": x}\ntls: {certificate: \"${env.CERT}\", key: keys/k.pem}\n");
        let env = |name: &str| (name == "CERT").then(|| "c.pem".to_owned());
        let loaded = load(&wanted(&own), &env).expect("a profile");
        let inside = |name: &str| folder.path().join(name).display().to_string();
        assert_eq!(loaded.spec, inside("api/spec.yaml"));
        let tls = &loaded.profile.tls;
        let file = |file: &Option<super::Spanned<String>>| file.as_ref().expect("a file").value.clone();
        // What a variable names lies where the program runs.
        assert_eq!(
            (file(&tls.ca), file(&tls.key), file(&tls.certificate)),
            (inside("bases/ca.pem"), inside("keys/k.pem"), "c.pem".to_owned())
        );
        let names: Vec<&str> = loaded.documents.iter().map(|d| d.name.rsplit('/').next().unwrap_or_default()).collect();
        assert_eq!(names, ["own.yaml", "base.yaml", "laas.yaml", "spec.yaml"]);
        // The callbacks of `laas` are not looked for in another spec.
        let certified: Vec<(&str, bool)> = loaded.callbacks.iter().map(|(c, o)| (c.operation.id.as_str(), o.is_some())).collect();
        assert_eq!(certified, [("receiveChange", true), ("receivePing", false)]);
    }

    #[test]
    fn callbacks_have_three_names_and_urls_need_their_values() {
        let (_folder, own) = folder("callbacks: [subscribe.changed, changed, receiveChange, receivePng]\n");
        assert_eq!(
            messages(&wanted(&own)),
            [
                "1 profile/missing-value give one in the profile: `values: {\"$request.body#/id\": ...}`",
                "3 profile/callback did you mean `receivePing`?",
            ]
        );
        let (_folder, own) = folder("callbacks: pinged\n");
        assert_eq!(load(&wanted(&own), &|_| None).expect("a profile").callbacks.len(), 1);
    }

    #[test]
    fn the_command_line_may_name_another_spec_and_its_callbacks() {
        let (folder, _) = folder("");
        let spec = Some(folder.path().join("api/spec.yaml").display().to_string());
        let named = |callbacks: &[&str]| Wanted {
            spec: spec.clone(),
            callbacks: callbacks.iter().map(|c| (*c).to_owned()).collect(),
            ..wanted("standard-webhooks")
        };
        let loaded = load(&named(&["pinged"]), &|_| None).expect("a profile");
        assert_eq!((loaded.callbacks[0].0.name.as_str(), loaded.callbacks.len()), ("pinged", 1));
        assert_eq!(messages(&named(&["subscribe.changd"])), ["0 profile/callback did you mean `subscribe.changed`?"]);
        let none = Wanted { spec: Some("notification-api".to_owned()), ..wanted("laas") };
        assert_eq!(messages(&none), ["0 profile/callback `callbacks` of an operation, or `webhooks` of the document"]);
        assert_eq!(messages(&wanted("las")), ["0 input/unreadable did you mean `laas`?"]);
    }
}
