//! Finds the templates that a path matches, among thousands, without trying them one by one.
//!
//! Knows positions and templates only: which operation a position means is the contract's business.

use crate::contract::route::{PathTemplate, SegmentKind, percent_decode};
use std::collections::HashMap;

/// Templates by their segments: concrete ones by name, the rest in order.
#[derive(Debug, Default)]
pub(in crate::contract) struct Router {
    root: Branch,
}

#[derive(Debug, Default)]
struct Branch {
    literal: HashMap<String, Branch>,
    /// Segments such as `{name}.json`, each with the template that has it.
    mixed: Vec<(PathTemplate, Branch)>,
    param: Option<Box<Branch>>,
    /// Positions of the templates that end here.
    ends: Vec<usize>,
}

/// For each segment 0 literal, 1 mixed, 2 only a parameter: the smallest is the most concrete.
type Rank = Vec<u8>;

impl Router {
    /// The templates, each known by its position.
    pub(in crate::contract) fn new<'a>(templates: impl Iterator<Item = &'a PathTemplate>) -> Self {
        let mut router = Self::default();
        for (position, template) in templates.enumerate() {
            let mut branch = &mut router.root;
            for segment in template.segments() {
                branch = match segment.kind() {
                    SegmentKind::Literal => branch.literal.entry(percent_decode(segment.as_str())).or_default(),
                    SegmentKind::Param => branch.param.get_or_insert_default(),
                    SegmentKind::Mixed => {
                        let at = branch.mixed.iter().position(|(own, _)| own.shape() == segment.shape());
                        let at = at.unwrap_or_else(|| {
                            branch.mixed.push((segment.clone(), Branch::default()));
                            branch.mixed.len() - 1
                        });
                        &mut branch.mixed[at].1
                    }
                };
            }
            branch.ends.push(position);
        }
        router
    }

    /// Positions of the most concrete templates that match a path as sent, in order. Decided segment by segment from the
    /// left, so that `/a/{x}` comes before `/{y}/b`.
    pub(in crate::contract) fn find(&self, path: &str) -> Vec<usize> {
        let segments: Vec<&str> = path.split('/').collect();
        let mut best: Option<(Rank, Vec<usize>)> = None;
        self.root.find(&segments, &mut Vec::new(), &mut best);
        let mut found = best.map(|(_, ends)| ends).unwrap_or_default();
        found.sort_unstable();
        found
    }
}

impl Branch {
    /// Walks the most concrete way first; whatever is found there wins over every other way.
    fn find(&self, segments: &[&str], rank: &mut Rank, best: &mut Option<(Rank, Vec<usize>)>) -> bool {
        let [segment, rest @ ..] = segments else {
            if self.ends.is_empty() {
                return false;
            }
            match best {
                Some((known, ends)) if known == rank => ends.extend(&self.ends),
                Some((known, _)) if *known < *rank => {}
                _ => *best = Some((rank.clone(), self.ends.clone())),
            }
            return true;
        };
        let descend = |branch: &Self, kind: u8, rank: &mut Rank, best: &mut _| {
            rank.push(kind);
            let found = branch.find(rest, rank, best);
            rank.pop();
            found
        };
        let concrete =
            if segment.contains('%') { self.literal.get(&percent_decode(segment)) } else { self.literal.get(*segment) };
        if concrete.is_some_and(|branch| descend(branch, 0, rank, best)) {
            return true;
        }
        // Two of them may both match: what follows decides.
        let fitting = self.mixed.iter().filter(|(own, _)| own.matches(segment).is_some());
        let mut found = false;
        for (_, branch) in fitting {
            found |= descend(branch, 1, rank, best);
        }
        found || (!segment.is_empty() && self.param.as_ref().is_some_and(|branch| descend(branch, 2, rank, best)))
    }
}

#[cfg(test)]
mod tests {
    use super::Router;
    use crate::contract::route::PathTemplate;
    use proptest::prelude::*;

    fn find(templates: &[&str], path: &str) -> Vec<String> {
        let templates: Vec<PathTemplate> = templates.iter().map(|t| PathTemplate::new(*t)).collect();
        Router::new(templates.iter()).find(path).into_iter().map(|i| templates[i].as_str().to_owned()).collect()
    }

    #[test]
    fn the_most_concrete_template_wins_segment_by_segment() {
        let templates = ["/{a}/b", "/a/{x}", "/a/mine", "/a/{n}.json", "/a/{x}/c/{y}", "/{a}/{b}/{c}/d"];
        for (path, expected) in [
            ("/a/mine", "/a/mine"),
            ("/a/%6Dine", "/a/mine"),
            ("/a/b", "/a/{x}"),
            ("/z/b", "/{a}/b"),
            ("/a/b.json", "/a/{n}.json"),
            ("/a/.json", "/a/{x}"),
            ("/a/mine/c/1", "/a/{x}/c/{y}"),
            // The concrete way ends nowhere, and the other one is taken.
            ("/a/mine/z/d", "/{a}/{b}/{c}/d"),
        ] {
            assert_eq!(find(&templates, path), [expected], "{path}");
        }
        for path in ["/", "/a", "/a/", "/a/mine/", "a/mine", ""] {
            assert_eq!(find(&templates, path), Vec::<String>::new(), "{path}");
        }
    }

    #[test]
    fn templates_of_one_shape_are_all_found() {
        assert_eq!(find(&["/a/{x}", "/b", "/a/{y}"], "/a/1"), ["/a/{x}", "/a/{y}"]);
        assert_eq!(find(&["/{a}.{b}/x", "/v{c}/x", "/{d}/x"], "/v1.2/x"), ["/{a}.{b}/x", "/v{c}/x"]);
        assert_eq!(find(&["/{a}.{b}/{y}", "/v{c}/x"], "/v1.2/x"), ["/v{c}/x"]);
    }

    proptest! {
        /// Trying every template and keeping those of the smallest rank gives the same.
        #[test]
        fn the_index_finds_what_trying_each_one_finds(
            templates in prop::collection::vec("(/(a|b|ab|\\{x\\}|\\{y\\}|a\\{x\\}|\\{x\\}b|)){1,4}", 1..12),
            path in "(/(a|b|ab|abb|)){1,4}",
        ) {
            let templates: Vec<PathTemplate> = templates.into_iter().map(PathTemplate::new).collect();
            let matching: Vec<usize> = (0..templates.len()).filter(|i| templates[*i].matches(&path).is_some()).collect();
            let best = matching.iter().map(|i| templates[*i].rank()).min();
            let expected: Vec<usize> = matching.into_iter().filter(|i| Some(templates[*i].rank()) == best).collect();
            prop_assert_eq!(Router::new(templates.iter()).find(&path), expected);
        }
    }
}
