//! Severity: an icon and a word, and only then a colour.

use leptos::prelude::*;
use zooscope_protocol::{Finding, Severity};

use crate::duration::Level;
use crate::text;
use crate::ui::icon::{Icon, icon};
use crate::ui::prose::prose;

/// The level of a finding.
pub(crate) fn level_of(severity: Severity) -> Level {
    match severity {
        Severity::Info => Level::Watch,
        Severity::Warn => Level::Warn,
        Severity::Critical => Level::Critical,
    }
}

/// The level of the worst of some findings.
pub(crate) fn worst(findings: &[Finding]) -> Level {
    findings.iter().map(|finding| level_of(finding.severity)).max().unwrap_or(Level::Ok)
}

/// The class that colours by a level.
pub(crate) fn class(level: Level) -> &'static str {
    match level {
        Level::Ok => "ok",
        Level::Watch => "watch",
        Level::Warn => "warn",
        Level::Critical => "critical",
    }
}

fn drawing(level: Level) -> Option<Icon> {
    match level {
        Level::Ok => None,
        Level::Watch => Some(Icon::Watch),
        Level::Warn => Some(Icon::Warn),
        Level::Critical => Some(Icon::Critical),
    }
}

/// The icon of a level with its word for those who do not see it; nothing when all is well.
pub(crate) fn mark(level: Level) -> impl IntoView + use<> {
    drawing(level).map(|which| {
        view! {
            <span class=format!("mark {}", class(level)) title=text::level(level)>
                {icon(which)}
                <span class="hidden-label">{text::level(level)}</span>
            </span>
        }
    })
}

/// What is wrong, each in its sentence.
pub(crate) fn findings(findings: &[Finding]) -> impl IntoView + use<> {
    let rows: Vec<_> = findings
        .iter()
        .map(|finding| {
            let level = level_of(finding.severity);
            view! {
                <li class=format!("finding {}", class(level))>
                    {mark(level)} <span>{prose(&finding.sentence)}</span>
                </li>
            }
        })
        .collect();
    (!rows.is_empty()).then(|| view! { <ul class="findings">{rows}</ul> })
}
