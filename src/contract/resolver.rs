//! How a document gets at what its references name.
//!
//! A type and its refusal; reads nothing itself.

use crate::base::source::Source;
use std::sync::Arc;

/// Gives the text of a file named relative to the folder of the first one, or of an absolute URL, if it cares to.
pub type Resolver<'a> = dyn Fn(&str) -> Result<Arc<Source>, Unreadable> + 'a;

/// Why a document that a reference names is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// A lower-case fragment.
    pub reason: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl From<String> for Unreadable {
    fn from(reason: String) -> Self {
        Self { reason, hint: None }
    }
}

impl Unreadable {
    /// What every resolver says of a URL that it was not allowed to fetch.
    #[must_use]
    pub fn remote() -> Self {
        Self {
            reason: "only files are read, never a URL".to_owned(),
            hint: Some("keep a copy beside the spec and refer to that".to_owned()),
        }
    }
}
