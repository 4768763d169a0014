//! One change in a directory of few and of many: what criterion found just before.

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use crate::table::Row;

/// The rows of what `cargo bench --package zooscope-model` left; none where it did not run.
pub(super) fn rows() -> Result<Vec<Row>, Box<dyn Error>> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    let mut rows = Vec::new();
    for what in ["queue", "lock"] {
        let mean = |members: &str| -> Option<f64> {
            let group = format!("one change in a {what}").replace(' ', "_");
            let names = [format!("one change in a {what}"), group];
            let file = names.iter().find_map(|name| {
                let file = target.join("criterion").join(name).join(members).join("new/estimates.json");
                fs::read_to_string(file).ok()
            })?;
            let estimates: serde_json::Value = serde_json::from_str(&file).ok()?;
            estimates["mean"]["point_estimate"].as_f64()
        };
        let (Some(few), Some(many)) = (mean("100"), mean("100000")) else {
            eprintln!("no figures of criterion: run `cargo bench --package zooscope-model` before");
            return Ok(rows);
        };
        rows.push(Row {
            what: format!("one change in a {what} of 100,000, against one of 100 (criterion)"),
            measured: format!("{:.1} µs", many / 1_000.0),
            reference: format!("{:.1} µs", few / 1_000.0),
            ratio: Some(many / few),
            must: "at most 3".to_owned(),
            met: many / few <= 3.0,
        });
    }
    Ok(rows)
}
