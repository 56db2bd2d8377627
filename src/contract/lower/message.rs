//! Lowers what travels: parameters, bodies, responses, header fields, links.
//!
//! Looks into a schema for its example and nothing else.

use crate::base::tree::Node;
use crate::contract::files::Loc;
use crate::contract::lower::spot::{Spot, Walk};
use crate::contract::model::{
    Encoding, HeaderSpec, In, Link, LinkTarget, MediaType, Parameter, RequestBody, ResponseSpec, StatusPattern, Style,
};
use serde_json::Value;

pub(in crate::contract) struct Messages<'w, 'a> {
    walk: &'w Walk<'a>,
}

impl<'w, 'a> Messages<'w, 'a> {
    pub(in crate::contract) fn new(walk: &'w Walk<'a>) -> Self {
        Self { walk }
    }

    pub(in crate::contract) fn parameter(&self, parameter: &Spot<'a>) -> Option<Parameter> {
        let location = match parameter.text("in")? {
            "path" => In::Path,
            "query" => In::Query,
            "querystring" => In::QueryString,
            "header" => In::Header,
            "cookie" => In::Cookie,
            _ => return None,
        };
        let by_default = match location {
            In::Path | In::Header => Style::Simple,
            In::Query | In::QueryString | In::Cookie => Style::Form,
        };
        let style = parameter.text("style").and_then(style).unwrap_or(by_default);
        let content = self.media(parameter).into_iter().next();
        let schema = parameter.get("schema");
        let example = self.examples(parameter).0.or_else(|| content.as_ref()?.example.clone());
        Some(Parameter {
            name: parameter.text("name")?.to_owned(),
            location,
            required: location == In::Path || parameter.flag("required") == Some(true),
            style,
            explode: parameter.flag("explode").unwrap_or(matches!(style, Style::Form | Style::Cookie)),
            allow_reserved: parameter.flag("allowReserved") == Some(true),
            example: example.or_else(|| self.schema_example(schema.as_ref()?)),
            schema: schema.map(|s| s.loc).or_else(|| content.as_ref()?.schema.clone()),
            content: content.map(|c| c.name),
        })
    }

    pub(in crate::contract) fn request_body(&self, body: &Spot<'a>) -> RequestBody {
        RequestBody { required: body.flag("required") == Some(true), media: self.media(body) }
    }

    /// The media types of a member `content`.
    fn media(&self, holder: &Spot<'a>) -> Vec<MediaType> {
        let lower = |(name, media): (&str, Spot<'a>)| {
            let schema = media.get("schema");
            let (example, examples) = self.examples(&media);
            MediaType {
                name: name.to_owned(),
                example: example.or_else(|| self.schema_example(schema.as_ref()?)),
                examples,
                schema: schema.map(|s| s.loc),
                item_schema: media.get("itemSchema").map(|s| s.loc),
                prefix_encoding: media.items("prefixEncoding").iter().map(|e| self.encoding("", e)).collect(),
                item_encoding: media.get("itemEncoding").map(|e| self.encoding("", &e)),
                encoding: self.walk.each(&media, "encoding").into_iter().map(|(p, e)| self.encoding(p, &e)).collect(),
            }
        };
        self.walk.each(holder, "content").into_iter().map(lower).collect()
    }

    fn encoding(&self, property: &str, encoding: &Spot<'a>) -> Encoding {
        let listed = encoding.text("contentType").unwrap_or_default();
        let has_style = ["style", "explode", "allowReserved"].iter().any(|key| encoding.node.get(key).is_some());
        let style = encoding.text("style").and_then(style).or(has_style.then_some(Style::Form));
        Encoding {
            property: property.to_owned(),
            content_type: listed.split(',').map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned).collect(),
            headers: self.headers(encoding),
            explode: encoding.flag("explode").unwrap_or(matches!(style, None | Some(Style::Form))),
            style,
            allow_reserved: encoding.flag("allowReserved") == Some(true),
        }
    }

    /// The first example (`example` before `examples`), and those that have a name.
    fn examples(&self, holder: &Spot<'a>) -> (Option<Value>, Vec<(String, Value)>) {
        let named = self.walk.each(holder, "examples").into_iter();
        let named: Vec<(String, Value)> = named
            .filter_map(|(name, example)| Some((name.to_owned(), example.value("value").or_else(|| example.value("dataValue"))?)))
            .collect();
        (holder.value("example").or_else(|| named.first().map(|(_, value)| value.clone())), named)
    }

    /// What the schema itself gives as an example or default, references followed.
    fn schema_example(&self, schema: &Spot<'a>) -> Option<Value> {
        let own = |node: &Node| {
            let listed = node.get("examples").and_then(Node::items).and_then(<[Node]>::first);
            node.get("example").or(listed).or_else(|| node.get("default")).map(Node::to_value)
        };
        // Inside of a schema a reference may have a base of its own: what was followed elsewhere says nothing.
        let behind = || self.walk.files.node(&self.walk.files.follow(&schema.loc)?);
        own(schema.node).or_else(|| own(schema.node.get("$ref").and_then(|_| behind())?))
    }

    /// In the order written, `default` last.
    pub(in crate::contract) fn responses(&self, responses: &Spot<'a>) -> Vec<ResponseSpec> {
        let mut lowered: Vec<ResponseSpec> = responses
            .members()
            .filter_map(|(status, response)| {
                let pattern = StatusPattern::parse(status)?;
                let response = self.walk.follow(response)?;
                Some(ResponseSpec {
                    pattern,
                    description: response.text("description").or_else(|| response.text("summary")).unwrap_or_default().to_owned(),
                    headers: self.headers(&response),
                    media: self.media(&response),
                    links: self.walk.each(&response, "links").into_iter().filter_map(|(n, l)| self.link(n, &l)).collect(),
                    place: self.walk.place(&response),
                })
            })
            .collect();
        lowered.sort_by_key(|r| r.pattern == StatusPattern::Default);
        lowered
    }

    fn headers(&self, holder: &Spot<'a>) -> Vec<HeaderSpec> {
        let headers = self.walk.each(holder, "headers").into_iter();
        headers
            .filter(|(name, _)| !name.eq_ignore_ascii_case("content-type"))
            .map(|(name, header)| {
                let content = self.media(&header).into_iter().next();
                HeaderSpec {
                    name: name.to_owned(),
                    required: header.flag("required") == Some(true),
                    explode: header.flag("explode") == Some(true),
                    schema: header.get("schema").map(|s| s.loc).or_else(|| content.as_ref()?.schema.clone()),
                    content: content.map(|c| c.name),
                }
            })
            .collect()
    }

    fn link(&self, name: &str, link: &Spot<'a>) -> Option<Link> {
        let operation = match (link.text("operationId"), link.text("operationRef")) {
            (Some(id), _) => LinkTarget::Id(id.to_owned()),
            (None, Some(reference)) => self.named(&link.loc, reference),
            (None, None) => return None,
        };
        let parameters = link.get("parameters");
        let parameters = parameters.iter().flat_map(Spot::members).map(|(name, value)| (name.to_owned(), value.node.to_value()));
        Some(Link { name: name.to_owned(), operation, parameters: parameters.collect(), body: link.value("requestBody") })
    }

    /// The operation that a reference such as `#/paths/~1users~1{id}/get` names.
    fn named(&self, at: &Loc, reference: &str) -> LinkTarget {
        let target = self.walk.files.resolve(at, reference).ok().filter(|t| t.file == 0);
        let tokens: Vec<String> = target.iter().flat_map(|t: &Loc| t.pointer.tokens()).collect();
        match tokens.as_slice() {
            [paths, path, method] if paths == "paths" => {
                LinkTarget::Here { method: method.to_ascii_uppercase(), path: path.clone() }
            }
            [paths, path, more, method] if paths == "paths" && more == "additionalOperations" => {
                LinkTarget::Here { method: method.clone(), path: path.clone() }
            }
            _ => LinkTarget::Elsewhere(reference.to_owned()),
        }
    }
}

fn style(text: &str) -> Option<Style> {
    Some(match text {
        "matrix" => Style::Matrix,
        "label" => Style::Label,
        "simple" => Style::Simple,
        "form" => Style::Form,
        "spaceDelimited" => Style::SpaceDelimited,
        "pipeDelimited" => Style::PipeDelimited,
        "deepObject" => Style::DeepObject,
        "cookie" => Style::Cookie,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::style;

    #[test]
    fn every_style_has_a_name() {
        let names = ["matrix", "label", "simple", "form", "spaceDelimited", "pipeDelimited", "deepObject", "cookie"];
        assert!(names.iter().all(|n| style(n).is_some()) && style("Form").is_none());
    }
}
