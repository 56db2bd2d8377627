//! Which window an operation has: its own, its API's, the general one, the one its spec states, or none.
//!
//! Says where each comes from. Knows operations and APIs by name alone.

use crate::window::availability::Window;
use crate::window::spec::Outside;
use std::fmt;

/// The windows of all operations.
#[derive(Clone, Debug)]
pub struct Windows {
    layers: Option<Layers>,
    /// What specs state, by the stem of their file names.
    specs: Vec<(String, Window)>,
    always: Window,
}

/// What an environment says.
#[derive(Clone, Debug)]
pub(super) struct Layers {
    pub(super) general: Window,
    pub(super) apis: Vec<(String, Window)>,
    pub(super) operations: Vec<OfOperation>,
    pub(super) outside: Outside,
}

/// What an environment says of one operation.
#[derive(Clone, Debug)]
pub(super) struct OfOperation {
    pub(super) id: String,
    /// In an API that has no window of its own.
    pub(super) general: Window,
    /// In each API that has one.
    pub(super) by_api: Vec<(String, Window)>,
}

/// Where a window comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin<'a> {
    /// The environment says it of the operation of this id.
    Operation(&'a str),
    /// The environment says it of this API.
    Api(&'a str),
    /// The environment says it of everything.
    General,
    /// The spec of this API states it.
    Spec(&'a str),
    /// Nobody says anything.
    Nowhere,
}

impl fmt::Display for Origin<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Operation(id) => write!(f, "the environment, for operation {id}"),
            Self::Api(api) => write!(f, "the environment, for API {api}"),
            Self::General => f.write_str("the environment"),
            Self::Spec(api) => write!(f, "the spec {api}"),
            Self::Nowhere => f.write_str("no window is stated"),
        }
    }
}

impl Windows {
    /// Windows that never close.
    #[must_use]
    pub fn always() -> Self {
        Self::new(None, Vec::new())
    }

    pub(super) fn new(layers: Option<Layers>, specs: Vec<(String, Window)>) -> Self {
        Self { layers, specs, always: Window::always() }
    }

    /// What is done about a request that is due outside its window.
    #[must_use]
    pub fn outside(&self) -> Outside {
        self.layers.as_ref().map_or_else(Outside::default, |layers| layers.outside)
    }

    /// The window of an operation of an API, and where it comes from.
    #[must_use]
    pub fn of(&self, api: &str, operation: &str) -> (&Window, Origin<'_>) {
        if let Some(layers) = &self.layers {
            if let Some(said) = layers.operations.iter().find(|said| said.id == operation) {
                let window = named(&said.by_api, api).map_or(&said.general, |(_, window)| window);
                return (window, Origin::Operation(&said.id));
            }
            let of_api = named(&layers.apis, api).map(|(name, window)| (window, Origin::Api(name)));
            return of_api.unwrap_or((&layers.general, Origin::General));
        }
        let stated = named(&self.specs, api).map(|(name, window)| (window, Origin::Spec(name)));
        stated.unwrap_or((&self.always, Origin::Nowhere))
    }
}

fn named<'a>(all: &'a [(String, Window)], name: &str) -> Option<(&'a str, &'a Window)> {
    all.iter().find(|(known, _)| known == name).map(|(known, window)| (known.as_str(), window))
}

#[cfg(test)]
mod tests;
