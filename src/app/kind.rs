//! Which of our kinds a file is, by what it holds.
//!
//! Looks at the keys on top of a document. Never judges the rest and never reads a file.

/// A kind of input file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// An OpenAPI document, of any version.
    Spec,
    /// An OpenAPI overlay.
    Overlay,
    /// A suite.
    Suite,
    /// An environment.
    Environment,
    /// A certification profile.
    Profile,
    /// A list of failures that are expected.
    ExpectedFailures,
    /// A load plan.
    Load,
    /// A monitor plan.
    Monitor,
}

/// The key that each kind has on top.
const KEYS: [(&str, Kind); 9] = [
    ("openapi", Kind::Spec),
    ("swagger", Kind::Spec),
    ("overlay", Kind::Overlay),
    ("suite", Kind::Suite),
    ("environment", Kind::Environment),
    ("profile", Kind::Profile),
    ("expected-failures", Kind::ExpectedFailures),
    ("load", Kind::Load),
    ("monitor", Kind::Monitor),
];

impl Kind {
    /// What it is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Spec => "spec",
            Self::Overlay => "overlay",
            Self::Suite => "suite",
            Self::Environment => "environment",
            Self::Profile => "profile",
            Self::ExpectedFailures => "expected failures",
            Self::Load => "load plan",
            Self::Monitor => "monitor plan",
        }
    }

    /// The kind of a text; `None` of what is none of ours. Syntax is not looked at, so that a broken file still has a kind.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let keys = top_keys(text);
        // What is stored of a run or a certification names its environment or profile as well.
        if keys.contains(&"format") {
            return None;
        }
        // A plan names its suite with the key that a suite has on top.
        let has = |name: &str| keys.contains(&name);
        if !has("openapi") && !has("swagger") {
            if has("load") || (has("scenarios") && has("arrival")) {
                return Some(Self::Load);
            }
            if has("monitor") || (has("probes") && !has("cases")) {
                return Some(Self::Monitor);
            }
        }
        keys.iter().find_map(|key| KEYS.iter().find(|(name, _)| name == key)).map(|(_, kind)| *kind)
    }

    /// The kind that was probably meant, where the telling key is missing or misspelt.
    #[must_use]
    pub fn meant(text: &str) -> Option<Self> {
        let keys = top_keys(text);
        let has = |name: &str| keys.contains(&name);
        if let Some((_, kind)) = keys.iter().find_map(|key| {
            let near = crate::base::distance::nearest(key, KEYS.iter().map(|(name, _)| *name))?;
            KEYS.iter().find(|(name, _)| *name == near)
        }) {
            return Some(*kind);
        }
        match () {
            () if has("paths") || (has("info") && has("components")) => Some(Kind::Spec),
            () if has("cases") && has("spec") => Some(Kind::Suite),
            () if has("extends") || (has("modules") && has("spec")) => Some(Kind::Profile),
            () => None,
        }
    }
}

/// The keys on top of a JSON or YAML text, as far as they can be told without parsing it.
fn top_keys(text: &str) -> Vec<&str> {
    if text.trim_start().starts_with('{') { json_keys(text) } else { yaml_keys(text) }
}

fn yaml_keys(text: &str) -> Vec<&str> {
    fn key(line: &str) -> Option<&str> {
        let (key, rest) = line.split_once(':')?;
        let is_key = (rest.is_empty() || rest.starts_with([' ', '\t', '\r'])) && !key.starts_with([' ', '\t', '#', '-']);
        is_key.then(|| key.trim_end().trim_matches(['"', '\'']))
    }
    text.lines().filter_map(key).collect()
}

fn json_keys(text: &str) -> Vec<&str> {
    let bytes = text.as_bytes();
    let (mut keys, mut depth, mut at) = (Vec::new(), 0_usize, 0);
    let mut word = None;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => {
                let start = at + 1;
                at = start;
                while at < bytes.len() && bytes[at] != b'"' {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
                word = text.get(start..at.min(text.len()));
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b':' if depth == 1 => keys.extend(word.take()),
            // Keys of a flow mapping of YAML need no quotes.
            c if depth == 1 && (c.is_ascii_alphanumeric() || c == b'_') => {
                let start = at;
                while at + 1 < bytes.len() && (bytes[at + 1].is_ascii_alphanumeric() || b"_-".contains(&bytes[at + 1])) {
                    at += 1;
                }
                word = text.get(start..=at);
            }
            _ => {}
        }
        at += 1;
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::Kind;

    #[test]
    fn the_keys_on_top_tell_the_kind() {
        for (text, kind) in [
            ("openapi: 3.1.0\ninfo: {}\n", Some(Kind::Spec)),
            ("---\n# a comment: x\n'swagger': \"2.0\"\n", Some(Kind::Spec)),
            ("{\"info\": {\"suite\": 1, \"x\": \"\\\"{\"}, \"openapi\" : \"3.0.0\"}", Some(Kind::Spec)),
            ("{openapi: 3.1.0, info: {}}", Some(Kind::Spec)),
            ("suite: x\nspec: openapi: broken\n", Some(Kind::Suite)),
            ("environment: e\r\n", Some(Kind::Environment)),
            ("overlay: 1.0.0\n", Some(Kind::Overlay)),
            ("profile: laas\nspec: x\n", Some(Kind::Profile)),
            ("{expected-failures: []}", Some(Kind::ExpectedFailures)),
            ("suite: s.yaml\nload: x\n", Some(Kind::Load)),
            ("suite: s.yaml\nscenarios: []\narrival: {}\n", Some(Kind::Load)),
            ("openapi: 3.1.0\nload: x\n", Some(Kind::Spec)),
            ("suite: s.yaml\nmonitor: x\n", Some(Kind::Monitor)),
            ("suite: s.yaml\nmonitr: x\nprobes: []\n", Some(Kind::Monitor)),
            ("suite: x\ncases: []\nprobes: []\n", Some(Kind::Suite)),
            ("swagger: \"2.0\"\nmonitor: x\n", Some(Kind::Spec)),
            ("suite: x\nscenarios: []\n", Some(Kind::Suite)),
            ("{\"format\": \"proofmark.run\", \"environment\": \"e\", \"verdict\": \"conforms\"}", None),
            ("{\"format\": \"proofmark.certification\", \"profile\": {}}", None),
            ("info:\n  openapi: 3.1.0\n", None),
            ("- openapi: 3.1.0\n", None),
            ("{\"a\": [\"openapi\"]}", None),
            ("{\"a\": \"\\", None),
            ("", None),
        ] {
            assert_eq!(Kind::of(text), kind, "{text:?}");
        }
        assert_eq!(Kind::meant("opneapi: 3.1.0\n"), Some(Kind::Spec));
        assert_eq!(Kind::meant("info: {}\npaths: {}\n"), Some(Kind::Spec));
        assert_eq!(Kind::meant("profil: x\n"), Some(Kind::Profile));
        assert_eq!(Kind::meant("montor: x\n"), Some(Kind::Monitor));
        assert_eq!(Kind::meant("name: x\n"), None);
    }
}
