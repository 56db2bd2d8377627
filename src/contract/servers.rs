//! Servers: under which paths the operations of a contract lie, whatever host answers for them.
//!
//! Reads URLs of servers with their variables. Connects to nothing and knows no environment.

use crate::contract::Contract;
use crate::contract::model::{Match, Operation, Server};
use std::sync::Arc;

/// Ways to read one server's path, at most: variables within variables could have more than anyone needs.
const MOST: usize = 256;

impl Contract {
    /// The path under which an operation lies: that of its own first server, else of the document's, variables at their
    /// defaults; without a slash at its end.
    #[must_use]
    pub fn base_path_for(&self, operation: &Operation) -> String {
        operation.servers.first().map_or_else(|| self.base_path().trim_end_matches('/').to_owned(), Server::base_path)
    }

    /// What of a path lies below one of the document's servers, every listed value of a variable accepted; the longest base
    /// path wins. `None` where it lies below none.
    #[must_use]
    pub fn split_base<'p>(&self, path: &'p str) -> Option<&'p str> {
        let listed = self.servers.iter().filter_map(|server| below_server(path, server));
        listed.chain(below_own(path, self.base_path())).min_by_key(|rest| rest.len())
    }

    /// The operation that a request to `path` is for, base path included: operations below servers of their own first.
    #[must_use]
    pub fn route_from_root(&self, method: &str, path: &str) -> Option<Match> {
        let own = self.operations.iter().filter(|o| !o.servers.is_empty());
        let mut found: Vec<Match> = Vec::new();
        for operation in own.filter(|o| o.method.eq_ignore_ascii_case(method)) {
            let below = operation.servers.iter().filter_map(|s| below_server(path, s)).min_by_key(|rest| rest.len());
            if let Some(path_params) = below.and_then(|rest| operation.path.matches(rest)) {
                found.push(Match { operation: Arc::clone(operation), path_params });
            }
        }
        let routed = self.split_base(path).and_then(|below| self.route(method, below));
        found.extend(routed.filter(|m| m.operation.servers.is_empty()));
        // The most concrete path; of equal ones that of an operation with a server of its own.
        found.into_iter().min_by_key(|m| m.path_params.len())
    }

    /// The methods documented for a path, base path included; empty when no template matches it.
    #[must_use]
    pub fn methods_from_root(&self, path: &str) -> Vec<&str> {
        let own = self.operations.iter().filter(|o| {
            let below = o.servers.iter().filter_map(|s| below_server(path, s)).min_by_key(|rest| rest.len());
            below.is_some_and(|rest| o.path.matches(rest).is_some())
        });
        let mut methods: Vec<&str> = own.map(|o| o.method.as_str()).collect();
        for method in self.split_base(path).map(|below| self.methods_at(below)).unwrap_or_default() {
            if !methods.contains(&method) {
                methods.push(method);
            }
        }
        methods
    }

    /// True when a path lies below a server of the document or of one of its operations.
    #[must_use]
    pub fn holds(&self, path: &str) -> bool {
        let mut own = self.operations.iter().flat_map(|o| &o.servers);
        self.split_base(path).is_some() || own.any(|server| below_server(path, server).is_some())
    }
}

/// The path of a server's URL, variables in it as they are, without a slash at its end.
fn path_of(url: &str) -> &str {
    let path = match url.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("", |start| &rest[start..]),
        None => url.strip_prefix("//").map_or(url, |rest| rest.find('/').map_or("", |start| &rest[start..])),
    };
    let path = path.split(['?', '#']).next().unwrap_or_default();
    path.strip_prefix('.').unwrap_or(path).trim_end_matches('/')
}

fn below_own<'p>(path: &'p str, base: &str) -> Option<&'p str> {
    let rest = path.strip_prefix(base.trim_end_matches('/'))?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

fn below_server<'p>(path: &'p str, server: &Server) -> Option<&'p str> {
    let base = path_of(&server.url);
    let mut left = MOST;
    let mut rests = Vec::new();
    let path_at = |base: &str| if base.starts_with('/') || base.is_empty() { 0 } else { usize::from(path.starts_with('/')) };
    walk(base, &path[path_at(base)..], server, &mut left, &mut rests);
    rests.into_iter().filter(|rest| rest.is_empty() || rest.starts_with('/')).min_by_key(|rest| rest.len())
}

/// What is left of `path` after each reading of `base`.
fn walk<'p>(base: &str, path: &'p str, server: &Server, left: &mut usize, rests: &mut Vec<&'p str>) {
    if *left == 0 {
        return;
    }
    *left -= 1;
    let Some(open) = base.find('{') else {
        rests.extend(path.strip_prefix(base));
        return;
    };
    let (Some(path), Some(length)) = (path.strip_prefix(&base[..open]), base[open..].find('}')) else { return };
    let (name, after) = (&base[open + 1..open + length], &base[open + length + 1..]);
    let variable = server.variables.iter().find(|v| v.name == name);
    let listed = variable.into_iter().flat_map(|v| v.values.iter().chain(std::iter::once(&v.default)));
    for value in listed {
        if let Some(rest) = path.strip_prefix(value.as_str()) {
            walk(after, rest, server, left, rests);
        }
    }
    // What nothing lists may be anything, but ends with its segment.
    if variable.is_none_or(|v| v.values.is_empty()) {
        let end = path.find('/').unwrap_or(path.len());
        if end > 0 {
            walk(after, &path[end..], server, left, rests);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::contract::load::tests::contract;
    use crate::contract::model::{Operation, Server, ServerVariable};
    use std::sync::Arc;

    const SPEC: &str = "openapi: 3.1.0
info: {title: t, version: '1'}
servers:
  - url: 'https://{host}.example.org/{stage}/v{n}'
    variables: {host: {default: api}, stage: {default: live, enum: [live, test]}, n: {default: '1'}}
  - {url: /other/}
paths:
  /a: {get: {operationId: readA, responses: {'200': {description: d}}}}
  /b: {get: {operationId: readB, responses: {'200': {description: d}}}}
";

    #[test]
    fn every_value_of_a_variable_is_accepted() {
        let contract = contract(SPEC);
        for (path, below) in [
            ("/live/v1/a", Some("/a")),
            ("/test/v27/a", Some("/a")),
            ("/dev/v1/a", None),
            ("/other/a/b", Some("/a/b")),
            ("/otherwise/a", None),
            ("/live/v1", Some("")),
        ] {
            assert_eq!(contract.split_base(path), below, "{path}");
        }
        let bare = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths: {}\n";
        assert_eq!(crate::contract::load::tests::contract(bare).split_base("/x/y"), Some("/x/y"));
    }

    #[test]
    fn an_operation_may_have_a_server_of_its_own() {
        let mut contract = contract(SPEC);
        let variable = ServerVariable { name: "v".to_owned(), default: "v3".to_owned(), values: Vec::new() };
        let own = Server { url: "https://files.example.org/{v}/up".to_owned(), variables: vec![variable] };
        let operation = Operation { servers: vec![own], ..(*contract.operations[0]).clone() };
        contract.operations[0] = Arc::new(operation);
        assert_eq!(contract.base_path_for(&contract.operations[0]), "/v3/up");
        assert_eq!(contract.base_path_for(&contract.operations[1]), "/live/v1");
        let routed = |path| contract.route_from_root("GET", path).map(|m| m.operation.id.clone());
        assert_eq!(routed("/v4/up/a").as_deref(), Some("readA"));
        assert_eq!(routed("/test/v1/a"), None, "that server is not the operation's");
        assert_eq!(routed("/test/v1/b").as_deref(), Some("readB"));
        assert!(contract.holds("/v3/up/nothing") && contract.holds("/other/x") && !contract.holds("/dev"));
    }
}
