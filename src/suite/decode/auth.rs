//! Reads how a call identifies its caller.
//!
//! Never knows which identities an environment has.

use crate::base::tree::{Data, Node};
use crate::suite::ast::Spanned;
use crate::suite::ast::step::AuthChoice;
use crate::suite::decode::{Decoder, Rule};
use crate::suite::template::Template;

/// What a template becomes.
type Way = fn(Template) -> AuthChoice;

impl Decoder<'_> {
    /// `none`, the name of an identity, or a mapping of one of `bearer`, `header` and `basic`.
    pub(super) fn auth(&mut self, node: &Node) -> Option<Spanned<AuthChoice>> {
        let choice = match &node.data {
            Data::String(text) if text == "none" => AuthChoice::None,
            Data::String(_) => AuthChoice::Identity(self.template(node)?),
            Data::Object(_) => self.explicit_auth(node)?,
            _ => {
                let hint = "`auth: partner`, `auth: none`, or {bearer: ...}, {header: ...}, {basic: ...}";
                self.wrong_kind(node, "the name of an identity, `none` or a mapping", Some(hint));
                return None;
            }
        };
        Some(Spanned::new(choice, node.span))
    }

    fn explicit_auth(&mut self, node: &Node) -> Option<AuthChoice> {
        let mut fields = self.object(node, "`auth`")?;
        let ways: [(&'static str, Way); 3] =
            [("bearer", AuthChoice::Bearer), ("header", AuthChoice::Header), ("basic", AuthChoice::Basic)];
        let mut choice = None;
        let mut written = 0;
        for (key, way) in ways {
            if let Some(node) = fields.take(key) {
                written += 1;
                choice = choice.or(self.template(node).map(way));
            }
        }
        fields.finish(self);
        if written != 1 {
            let hint = "one of {bearer: ...}, {header: ...}, {basic: ...}";
            self.fault(Rule::Value, node.span, "`auth` identifies in exactly one way", Some(hint.to_owned()));
            return None;
        }
        choice
    }
}
