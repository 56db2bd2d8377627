//! What an environment says of a certification: its hours, who has consented to load, what is hidden, where runs are remembered.
//!
//! Reads files. Sends nothing, and decides nothing about modules.

use crate::app::certify::Settings;
use crate::app::inputs::{self, Loader};
use crate::app::profiles::Loaded;
use crate::app::windows;
use crate::base::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::net::address::{is_loopback_target, parse_origin};
use crate::plan::bind::file_stem;
use crate::record::shape::DocumentRecord;
use crate::suite::ast::environment::Environment;
use crate::window::hours::Hours;

/// What an environment says of a certification.
pub(super) struct Surroundings {
    /// The environment, where one was named.
    pub(super) environment: Option<Environment>,
    /// When deliveries may be made; `None` beside a mistake.
    pub(super) hours: Option<Hours>,
    /// What was read for it.
    pub(super) documents: Vec<DocumentRecord>,
    /// What is odd about it.
    pub(super) warnings: Vec<Diagnostic>,
}

impl Surroundings {
    /// Reads the environment that was named, and the calendars that it or the spec speaks of.
    pub(super) fn read(
        settings: &Settings,
        loaded: &Loaded,
        env: &dyn Fn(&str) -> Option<String>,
        mistakes: &mut Vec<Diagnostic>,
    ) -> Self {
        let mut faults = Diagnostics::new();
        let mut loader = Loader::new(&settings.wanted.rights, &[], &mut faults);
        let wanted = inputs::Wanted { environment: settings.environment.clone(), ..inputs::Wanted::default() };
        let named = settings.environment.is_some();
        let environment = if named { loader.environment(&wanted, env, &mut faults) } else { None };
        let said = environment.as_ref().and_then(|environment| environment.window.as_ref());
        let api = file_stem(&loaded.spec);
        let own = std::iter::once((api.as_str(), &*loaded.contract));
        let hours = windows::hours(said, own, settings.at, &mut loader, &mut faults);
        let documents = loader.documents();
        let (errors, warnings): (Vec<_>, Vec<_>) = faults.sorted().into_iter().partition(|f| f.severity == Severity::Error);
        mistakes.extend(errors);
        Self { environment, hours, documents, warnings }
    }

    /// Whether the host of an endpoint has consented to load.
    pub(super) fn allows_load(&self, url: &str) -> bool {
        let allowed = |environment: &Environment| parse_origin(url).is_ok_and(|o| environment.allows_load(&o.host, o.port));
        is_loopback_target(url) || self.environment.as_ref().is_some_and(allowed)
    }
}
