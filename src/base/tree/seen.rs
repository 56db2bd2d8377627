//! The keys of one mapping read so far.
//!
//! Finds a key that was written before; knows nothing of values and reports nothing.

use super::{Key, Node};
use crate::base::source::Span;
use std::collections::HashMap;

/// With fewer members, looking at each is quicker than hashing.
const FEW: usize = 16;

/// Where keys were first written.
#[derive(Default)]
pub(super) struct Seen {
    spans: HashMap<String, Span>,
}

impl Seen {
    /// Where `text` stands among `members`, if it does; what is not yet among them is added after this call.
    pub(super) fn first(&mut self, text: &str, members: &[(Key, Node)]) -> Option<Span> {
        if members.len() < FEW {
            return members.iter().find(|(key, _)| key.text == text).map(|(key, _)| key.span);
        }
        let known = self.spans.len();
        self.spans.extend(members[known..].iter().map(|(key, _)| (key.text.clone(), key.span)));
        self.spans.get(text).copied()
    }
}

#[cfg(test)]
mod tests {
    use crate::base::source::Source;
    use crate::base::tree::{Budget, parse};

    #[test]
    fn a_key_is_found_again_among_few_and_among_many() {
        for count in [2, 15, 16, 17, 40] {
            let members: Vec<String> = (0..count).map(|i| format!("\"k{i}\": {i}")).collect();
            for (name, text) in [
                ("t.json", format!("{{{}, \"k0\": 0, \"k1\": 0}}", members.join(",\n"))),
                ("t.yaml", format!("{}\nk0: 0\nk1: 0\n", members.join("\n"))),
            ] {
                let faults = parse(&Source::new(name, text), Budget::default()).expect_err("two keys are written twice").sorted();
                let first: Vec<usize> = faults.iter().map(|f| f.labels[0].place.line_column().0).collect();
                assert_eq!(first, [1, 2], "{name} {count}");
            }
        }
    }
}
