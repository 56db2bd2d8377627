//! Reads the data files of a load plan and holds their columns against the templates that use them.
//!
//! Opens files beside the plan through the caller's reader. Picks no row and sends nothing.

use crate::app::files;
use crate::app::reader::Reader;
use crate::base::diagnostic::{Diagnostic, Diagnostics};
use crate::base::distance::did_you_mean;
use crate::suite::ast::load::{LoadPlan, Scenario, ScenarioKind};
use crate::suite::data::Rows;
use std::collections::HashMap;
use std::sync::Arc;

/// The rows of each scenario, in the order of the scenarios; `None` where a scenario has none, or they cannot be used.
///
/// A file that several scenarios name is read once.
pub fn read(reader: &Reader, plan: &LoadPlan, faults: &mut Diagnostics) -> Vec<Option<Arc<Rows>>> {
    let mut known: HashMap<String, Option<Arc<Rows>>> = HashMap::new();
    let mut all = Vec::new();
    for scenario in &plan.scenarios {
        let Some(data) = &scenario.data else {
            all.push(None);
            continue;
        };
        let name = files::beside(plan.source.name(), &data.file.value);
        let rows = known.entry(name.clone()).or_insert_with(|| match reader.open(&name) {
            Ok(source) => match Rows::read(&name, source.text()) {
                Ok(rows) => Some(Arc::new(rows)),
                Err(more) => {
                    more.into_iter().for_each(|fault| faults.push(fault));
                    None
                }
            },
            Err(fault) => {
                faults.push(fault.at(plan.place(data.file.span)));
                None
            }
        });
        if let Some(rows) = &*rows {
            check_columns(plan, scenario, rows, &name, faults);
        }
        all.push(rows.clone());
    }
    all
}

/// Every `${data.column}` of a call must be a column of its file.
fn check_columns(plan: &LoadPlan, scenario: &Scenario, rows: &Rows, name: &str, faults: &mut Diagnostics) {
    let ScenarioKind::Call(call) = &scenario.what else { return };
    for (used, span) in call.variables() {
        let Some(column) = used.strip_prefix("data.").and_then(|path| path.split('.').next()) else { continue };
        if rows.column(column).is_none() {
            let hint = did_you_mean(column, rows.columns.iter().map(String::as_str));
            let fault = Diagnostic::error("load/unknown-column", format!("`{name}` has no column `{column}`"));
            faults.push(fault.at(plan.place(span)).maybe_hint(hint));
        }
    }
}
