//! Which server told what of its sessions, and what is missing.

use leptos::prelude::*;
use zooscope_protocol::{Source, SourceKind};

use crate::duration::Level;
use crate::text;
use crate::ui::badge;
use crate::ui::copy::CopyButton;

/// How each server answered in one line, and below it what none told and how to allow it, to be read and copied.
pub(crate) fn sources(sources: &[Source]) -> impl IntoView + use<> {
    if sources.is_empty() {
        return view! { <p class="sources quiet" data-testid="sources">{text::NO_SOURCES}</p> }.into_any();
    }
    let told = |source: &Source| {
        let silent = source.by == SourceKind::Nothing;
        view! {
            <span class="source">
                <span class="mono">{source.server.clone()}</span> " "
                <span class="quiet">{text::source(source.by)}</span>
                {(source.problem.is_some() || silent).then(|| badge::mark(Level::Watch))}
            </span>
        }
    };
    // Servers that lack the same permission say the same.
    let mut problems: Vec<&str> = sources.iter().filter_map(|source| source.problem.as_deref()).collect();
    problems.dedup();
    let problem = |sentence: &str| {
        view! {
            <li class="problem">
                {badge::mark(Level::Watch)} <span class="grow">{sentence.to_owned()}</span>
                <CopyButton value=sentence.to_owned() what=text::THE_HINT/>
            </li>
        }
    };
    let problems: Vec<_> = problems.into_iter().map(problem).collect();
    view! {
        <div class="sources" data-testid="sources">
            <p class="dots">{sources.iter().map(told).collect_view()}</p>
            {(!problems.is_empty()).then(|| view! { <ul class="problems">{problems}</ul> })}
        </div>
    }
    .into_any()
}
