//! What the audit log keeps, for how long, and what of it is shown.

use serde::Deserialize;
use zooscope_model::Pattern;

use super::Error;

/// The audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audit {
    /// How many days a line stays in the log before it goes to an archive, 1 to 36,500.
    pub keep_days: u32,
    /// How many bytes of a znode's data are shown, 0 to 1 MiB.
    pub data_bytes: usize,
    /// Of which znodes no data is shown.
    pub masks: Vec<Pattern>,
}

/// The table `[audit]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Table {
    keep_days: u32,
    data_bytes: usize,
    mask: Vec<Mask>,
}

/// A table `[[audit.mask]]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Mask {
    path: String,
}

impl Default for Table {
    fn default() -> Self {
        Self { keep_days: 365, data_bytes: 1_024, mask: Vec::new() }
    }
}

impl Default for Audit {
    fn default() -> Self {
        let Table { keep_days, data_bytes, .. } = Table::default();
        Self { keep_days, data_bytes, masks: Vec::new() }
    }
}

impl Table {
    pub(super) fn check(self) -> Result<Audit, Error> {
        for (key, value, least, most) in [
            ("keep_days", self.keep_days as usize, 1, 36_500),
            ("data_bytes", self.data_bytes, 0, 1024 * 1024),
        ] {
            if !(least..=most).contains(&value) {
                return Err(Error::value(format!("audit.{key}"), format!("write {least} to {most}")));
            }
        }
        let pattern = |mask: &Mask| {
            let wrong = |error: zooscope_model::PatternError| {
                Error::value("audit.mask.path", format!("`{}`: {error}", mask.path))
            };
            Pattern::parse(&mask.path).map_err(wrong)
        };
        let masks = self.mask.iter().map(pattern).collect::<Result<_, _>>()?;
        Ok(Audit { keep_days: self.keep_days, data_bytes: self.data_bytes, masks })
    }
}
