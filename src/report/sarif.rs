//! What every SARIF 2.1.0 log of ours has in common: the tool, its files as URIs, and how a log is put together.
//!
//! Knows neither diagnostics nor records. Never names an absolute path for a relative one.

pub mod records;

use serde_json::{Map, Value, json};

/// The name of the folder that relative names start from.
const BASE: &str = "SRCROOT";

/// How columns are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::report) enum Columns {
    /// In UTF-16 code units.
    Utf16,
    /// In characters.
    Characters,
}

/// A log of one run.
pub(in crate::report) struct Log {
    /// The version of the tool.
    pub(in crate::report) version: String,
    /// The rules, in the order that results count them in.
    pub(in crate::report) rules: Vec<Value>,
    /// How columns are counted.
    pub(in crate::report) columns: Columns,
    /// The files, in the order that locations count them in.
    pub(in crate::report) artifacts: Vec<Value>,
    /// What was found.
    pub(in crate::report) results: Vec<Value>,
    /// What else is known of the run.
    pub(in crate::report) more: Map<String, Value>,
}

impl Log {
    /// The text of the log.
    pub(in crate::report) fn text(self) -> String {
        let columns = match self.columns {
            Columns::Utf16 => "utf16CodeUnits",
            Columns::Characters => "unicodeCodePoints",
        };
        let mut run = json!({
            "tool": {"driver": {
                "name": "proofmark",
                "version": self.version,
                "semanticVersion": self.version,
                "rules": self.rules,
            }},
            "columnKind": columns,
            "originalUriBaseIds": {(BASE): {"description": {"text": "The folder that the command was given in."}}},
            "artifacts": self.artifacts,
            "results": self.results,
        });
        for (key, value) in self.more {
            run[key] = value;
        }
        let whole = json!({
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [run],
        });
        format!("{whole:#}\n")
    }
}

/// Where a file is, as a URI.
pub(in crate::report) fn artifact(name: &str) -> Value {
    let is_uri = name.contains("://") || name.starts_with("shipped:");
    if is_uri {
        json!({"uri": escaped(name, ":?&")})
    } else if name.starts_with('/') {
        json!({"uri": format!("file://{}", escaped(name, ":"))})
    } else {
        let name = name.replace('\\', "/");
        json!({"uri": escaped(name.strip_prefix("./").unwrap_or(&name), ""), "uriBaseId": BASE})
    }
}

/// The same with its index among the files.
pub(in crate::report) fn counted(name: &str, artifacts: &[&str]) -> Value {
    let mut file = artifact(name);
    if let Some(index) = artifacts.iter().position(|known| *known == name) {
        file["index"] = index.into();
    }
    file
}

/// Escapes what may not stand in a path of a URI; `also` may.
fn escaped(name: &str, also: &str) -> String {
    let mut uri = String::new();
    for byte in name.bytes() {
        let stays = byte.is_ascii_alphanumeric() || b"-._~/@+=,!".contains(&byte) || also.as_bytes().contains(&byte);
        if stays { uri.push(byte.into()) } else { uri.push_str(&format!("%{byte:02X}")) }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::artifact;
    use serde_json::json;

    #[test]
    fn names_become_uris() {
        assert_eq!(artifact("/a b/ü.yaml"), json!({"uri": "file:///a%20b/%C3%BC.yaml"}));
        assert_eq!(artifact("https://a.example:1/x?y=z&a"), json!({"uri": "https://a.example:1/x?y=z&a"}));
        assert_eq!(artifact("shipped:specs/a.yaml"), json!({"uri": "shipped:specs/a.yaml"}));
        assert_eq!(artifact("<stdin>"), json!({"uri": "%3Cstdin%3E", "uriBaseId": "SRCROOT"}));
        assert_eq!(artifact("./a:b#c%.yaml"), json!({"uri": "a%3Ab%23c%25.yaml", "uriBaseId": "SRCROOT"}));
    }
}
