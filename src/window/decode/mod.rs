//! Reads what is said of availability: `window` of an environment, `x-availability` of a spec.
//!
//! Every mistake is said with its place, all at once. Opens no file and knows no instant.

mod parts;
mod reader;
#[cfg(test)]
mod tests;

pub use reader::Places;

use crate::base::diagnostic::Diagnostics;
use crate::base::distance::did_you_mean;
use crate::base::tree::Node;
use crate::window::decode::reader::{Fields, Reader};
use crate::window::spec::{Entry, Open, Outside, Said, WindowSpec, WindowsSpec};
use crate::window::zone::Zone;

/// The window of an environment.
///
/// Codes: `window/...`. `None` where there is an error.
pub fn window(node: &Node, places: &dyn Places, faults: &mut Diagnostics) -> Option<WindowsSpec> {
    let mut reader = Reader::new(places);
    let read = reader.windows(node);
    given(read, reader, faults)
}

/// What a spec says by `x-availability`: one window.
///
/// Codes: `window/...`. `None` where there is an error.
pub fn availability(node: &Node, places: &dyn Places, faults: &mut Diagnostics) -> Option<WindowSpec> {
    let mut reader = Reader::new(places);
    let read = reader.object(node, "`x-availability`").and_then(|mut fields| {
        let general = reader.general(&mut fields);
        fields.finish_with(&mut reader, |key| {
            let only_there = ["outside", "apis", "operations"].contains(&key);
            only_there.then(|| format!("`{key}` is for `window` in an environment file"))
        });
        general
    });
    given(read, reader, faults)
}

fn given<T>(read: Option<T>, reader: Reader<'_>, faults: &mut Diagnostics) -> Option<T> {
    let read = read.filter(|_| !reader.faults.has_errors());
    faults.extend(reader.faults);
    read
}

impl Reader<'_> {
    fn windows(&mut self, node: &Node) -> Option<WindowsSpec> {
        let mut fields = self.object(node, "`window`")?;
        let general = self.general(&mut fields);
        let outside = fields.take("outside").and_then(|node| self.outside(node)).unwrap_or_default();
        let zone = general.as_ref().map(|general| &general.zone);
        let apis = fields.take("apis").map(|node| self.named(node, "`apis`", zone)).unwrap_or_default();
        let operations = fields.take("operations").map(|node| self.named(node, "`operations`", zone)).unwrap_or_default();
        fields.finish(self);
        Some(WindowsSpec { general: general?, outside, apis, operations })
    }

    /// A window that takes nothing from above.
    fn general(&mut self, fields: &mut Fields<'_>) -> Option<WindowSpec> {
        let zone_node = fields.take("zone");
        let zone = zone_node.and_then(|node| self.zone(node));
        let said = self.said(fields, zone.as_ref());
        if !fields.has("open") {
            fields.missing(self, "open", "write `open: [\"Mon-Sun 07:30-22:00\"]`, or `open: always`");
        }
        let timeless = matches!(said.open, Some(Open::Always))
            && said.holidays.is_none()
            && said.exceptions.is_none()
            && said.maintenance.is_none();
        let zone = match (zone, zone_node) {
            (Some(zone), _) => zone,
            (None, None) if timeless => Zone::utc(),
            (None, None) => {
                fields.missing(self, "zone", "write the zone in which the hours are read, such as `zone: Europe/Paris`");
                return None;
            }
            (None, Some(_)) => return None,
        };
        let nothing = WindowSpec {
            zone: zone.clone(),
            open: said.open.clone()?,
            holidays: Vec::new(),
            exceptions: Vec::new(),
            maintenance: Vec::new(),
        };
        Some(nothing.with(&Said { zone: Some(zone), ..said }))
    }

    /// What is said of APIs or operations by their names.
    fn named(&mut self, node: &Node, what: &str, zone: Option<&Zone>) -> Vec<Entry> {
        let mut read = Vec::new();
        for (key, node) in self.entries(node, what).unwrap_or_default() {
            let Some(mut fields) = self.object(node, "a window of its own") else { continue };
            let own = fields.take("zone").and_then(|node| self.zone(node));
            let said = self.said(&mut fields, own.as_ref().or(zone));
            fields.finish_with(self, |key| {
                let only_above = ["outside", "apis", "operations"].contains(&key);
                only_above.then(|| format!("`{key}` stands directly under `window`"))
            });
            read.push(Entry { name: key.text.clone(), place: self.place(key.span), said: Said { zone: own, ..said } });
        }
        read
    }

    /// Everything but the zone.
    fn said(&mut self, fields: &mut Fields<'_>, zone: Option<&Zone>) -> Said {
        Said {
            zone: None,
            open: fields.take("open").and_then(|node| self.open(node)),
            holidays: fields.take("holidays").map(|node| self.holidays(node)),
            exceptions: fields.take("exceptions").map(|node| self.exceptions(node)),
            maintenance: fields.take("maintenance").map(|node| self.maintenance(node, zone)),
        }
    }

    fn zone(&mut self, node: &Node) -> Option<Zone> {
        let text = self.text(node, "the name of a time zone")?;
        match Zone::named(text) {
            Ok(zone) => Some(zone),
            Err(refused) => {
                self.fault("window/zone", node.span, refused.message, refused.hint);
                None
            }
        }
    }

    fn outside(&mut self, node: &Node) -> Option<Outside> {
        let known = Outside::ALL.map(Outside::name);
        let text = self.text(node, &format!("one of {}", known.join(", ")))?;
        let found = Outside::ALL.into_iter().find(|outside| outside.name() == text);
        if found.is_none() {
            self.fault("window/value", node.span, format!("unknown word `{text}` for `outside`"), did_you_mean(text, known));
        }
        found
    }
}
