//! What the rules look at, one kind of thing at a time: operations, bodies, parameters, schemas, links.
//!
//! Data with its place, as it was written. Walks nothing and judges nothing.

use crate::base::tree::{Data, Node};
use crate::contract::files::Loc;
use crate::contract::model::{Direction, StatusPattern};

/// A node with its place.
#[derive(Clone, Debug)]
pub(super) struct At<'a> {
    pub(super) loc: Loc,
    pub(super) node: &'a Node,
}

impl<'a> At<'a> {
    pub(super) fn child(&self, key: &str) -> Option<At<'a>> {
        self.node.child(key).map(|node| At { loc: self.loc.push(key), node })
    }

    /// The members that are no extensions.
    pub(super) fn members(&self) -> impl Iterator<Item = (&'a str, At<'a>)> + use<'a> {
        let loc = self.loc.clone();
        let all = self.node.members().unwrap_or_default().iter();
        all.filter(|(k, _)| !k.text.starts_with("x-"))
            .map(move |(k, node)| (k.text.as_str(), At { loc: loc.push(&k.text), node }))
    }

    /// All members, names that begin with `x-` too.
    pub(super) fn named(&self) -> impl Iterator<Item = (&'a str, At<'a>)> + use<'a> {
        let loc = self.loc.clone();
        let all = self.node.members().unwrap_or_default().iter();
        all.map(move |(k, node)| (k.text.as_str(), At { loc: loc.push(&k.text), node }))
    }

    pub(super) fn items(&self) -> impl Iterator<Item = At<'a>> + use<'a> {
        let loc = self.loc.clone();
        self.node.items().unwrap_or_default().iter().enumerate().map(move |(i, node)| At { loc: loc.push(i), node })
    }

    pub(super) fn text(&self, key: &str) -> Option<&'a str> {
        self.node.get(key).and_then(Node::as_str)
    }

    pub(super) fn flag(&self, key: &str) -> Option<bool> {
        match self.node.get(key).map(|n| &n.data) {
            Some(Data::Bool(value)) => Some(*value),
            _ => None,
        }
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.node.get(key).is_some()
    }

    pub(super) fn name(&self) -> String {
        self.loc.pointer.tokens().last().unwrap_or_default()
    }
}

/// What calls an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    /// A client of the API.
    Client,
    /// The API itself, by a webhook or a callback.
    Api,
}

/// One operation with what it is made of, references followed.
pub(super) struct Operation<'a> {
    pub(super) at: At<'a>,
    pub(super) method: String,
    /// The key of its path item.
    pub(super) path: &'a str,
    pub(super) caller: Caller,
    /// Those of the path item and its own, the latter winning.
    pub(super) parameters: Vec<At<'a>>,
    pub(super) body: Option<At<'a>>,
    pub(super) responses: Vec<Response<'a>>,
}

impl Operation<'_> {
    /// `createOrder`, or `POST /orders`.
    pub(super) fn called(&self) -> String {
        match self.at.text("operationId") {
            Some(id) => format!("`{id}`"),
            None => format!("`{} {}`", self.method, self.path),
        }
    }

    /// True when a response is documented that one of `wanted` selects.
    pub(super) fn answers(&self, wanted: impl Fn(StatusPattern) -> bool) -> bool {
        self.responses.iter().any(|r| wanted(r.pattern))
    }
}

/// One documented response.
#[derive(Clone)]
pub(super) struct Response<'a> {
    pub(super) pattern: StatusPattern,
    /// Its key among the responses of the operation.
    pub(super) written: Loc,
    /// What stands there, references followed.
    pub(super) at: At<'a>,
}

/// What a media type describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holder {
    Request,
    Response,
    Parameter,
    Header,
}

impl Holder {
    pub(super) fn direction(self) -> Direction {
        match self {
            Self::Request | Self::Parameter => Direction::Request,
            Self::Response | Self::Header => Direction::Response,
        }
    }
}

/// One Media Type Object.
pub(super) struct Media<'a> {
    pub(super) at: At<'a>,
    pub(super) name: &'a str,
    pub(super) holder: Holder,
}

/// One parameter or header.
pub(super) struct Field<'a> {
    pub(super) at: At<'a>,
    pub(super) direction: Direction,
}

/// One Schema Object.
pub(super) struct Schema<'a> {
    pub(super) at: At<'a>,
    pub(super) directions: Directions,
    /// Stands in a list such as `allOf`, and so speaks of the same value as the schema around it.
    pub(super) in_place: bool,
}

/// Which ways the values of a schema travel; neither when nothing leads to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Directions {
    request: bool,
    response: bool,
}

impl Directions {
    pub(super) fn only(direction: Direction) -> Self {
        Self { request: direction == Direction::Request, response: direction == Direction::Response }
    }

    pub(super) fn covers(self, other: Self) -> bool {
        (self.request || !other.request) && (self.response || !other.response)
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self { request: self.request || other.request, response: self.response || other.response }
    }

    /// The ways to judge an example; both when nothing leads to the schema.
    pub(super) fn each(self) -> Vec<Direction> {
        match (self.request, self.response) {
            (true, false) => vec![Direction::Request],
            (false, true) => vec![Direction::Response],
            _ => vec![Direction::Response, Direction::Request],
        }
    }
}

/// A link with the operation whose answer bears it.
pub(super) struct Link<'a> {
    pub(super) at: At<'a>,
    pub(super) operation: usize,
    pub(super) response: At<'a>,
}

/// One expression of a callback, with the operation that causes it.
pub(super) struct Callback<'a> {
    pub(super) at: At<'a>,
    pub(super) expression: &'a str,
    pub(super) operation: usize,
}
