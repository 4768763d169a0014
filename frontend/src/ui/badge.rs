//! Severity: an icon and a word, and only then a colour.

use leptos::prelude::*;
use zooscope_protocol::{Finding, Severity, ZnodePath};

use crate::address::Address;
use crate::duration::Level;
use crate::route::Page;
use crate::text;
use crate::ui::icon::{Icon, icon};
use crate::ui::path::path_end;
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

/// The level of what the findings with one of these codes say.
pub(crate) fn level_by(findings: &[Finding], codes: &[&str]) -> Level {
    let said = findings.iter().filter(|finding| codes.contains(&finding.code.as_str()));
    said.map(|finding| level_of(finding.severity)).max().unwrap_or(Level::Ok)
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

/// Why something that was asked of the console was not done, beside what was asked.
pub(crate) fn said(sentence: &str) -> impl IntoView + use<> {
    view! { <p class="said">{mark(Level::Warn)} <span>{prose(sentence)}</span></p> }
}

/// A level as an icon and a word.
pub(crate) fn word(level: Level) -> impl IntoView + use<> {
    view! { <span class=format!("word {}", class(level))>{drawing(level).map(icon)} {text::level(level)}</span> }
}

/// What is wrong, each in its sentence with the znodes that prove it.
pub(crate) fn findings(findings: &[Finding]) -> impl IntoView + use<> {
    let rows: Vec<_> = findings.iter().map(|each| finding(each, ())).collect();
    (!rows.is_empty()).then(|| view! { <ul class="findings">{rows}</ul> })
}

/// One of them, with what stands below it.
pub(crate) fn finding(finding: &Finding, below: impl IntoView + 'static) -> AnyView {
    let level = level_of(finding.severity);
    view! {
        <li class=format!("finding {}", class(level)) data-testid="finding" data-code=finding.code.clone()>
            {mark(level)} <div class="grow">{prose(&finding.sentence)} {evidence(&finding.members)} {below}</div>
        </li>
    }
    .into_any()
}

/// The znodes that prove a finding, each a way into the tree.
pub(crate) fn evidence(members: &[ZnodePath]) -> impl IntoView + use<> {
    let address = expect_context::<Address>();
    let link = |path: &ZnodePath| {
        let to = path.to_string();
        let title = text::open_in_tree(&to);
        let href = move || address.href(Page::Tree(Some(to.clone())));
        view! { <a class="link mono" href=href title=title>{path_end(path.as_str())}</a> }
    };
    let links: Vec<_> = members.iter().map(link).collect();
    (!links.is_empty())
        .then(|| view! { <span class="evidence"><span class="quiet">{text::EVIDENCE}</span> {links}</span> })
}

/// Why the console never acts on something.
pub(crate) fn hands_off(why: String) -> impl IntoView {
    view! { <p class="aside" data-testid="hands-off"><span class="strong">{text::HANDS_OFF}</span> " " {why}</p> }
}

/// How something was recognised.
pub(crate) fn because(how: String) -> impl IntoView {
    view! { <p class="footnote" data-testid="because"><span class="strong">{text::HOW_WE_KNOW}</span> " " {prose(&how)}</p> }
}
