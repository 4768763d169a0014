//! The ladder of a lock: what can be done about each who holds it, the gentlest first, and what cures it.

use leptos::prelude::*;
use zooscope_protocol::ladder::{Deed, Ladder, Rung};
use zooscope_protocol::{Content, Finding, Member, ZnodePath};

use super::who;
use crate::duration::UNKNOWN;
use crate::live::Feed;
use crate::text;
use crate::ui::action::rung_button;
use crate::ui::badge;
use crate::ui::copy::CopyButton;
use crate::ui::duration::until;
use crate::ui::each::each;
use crate::ui::part::part;
use crate::ui::path::path_end;
use crate::ui::prose::prose;

/// The rungs from the gentlest on, as the server tells them.
const RUNGS: [Deed; 3] = [Deed::Revoke, Deed::Stop, Deed::Release];

/// The ladders of those who hold the lock at `lock`, first comer first. Nothing while nobody holds.
pub(super) fn ladders(feed: Feed, lock: &ZnodePath) -> impl IntoView + use<> {
    let lock = lock.clone();
    // In the order of the chain above, not of the paths.
    let paths = Memo::new(move |_| {
        feed.with(|content| match content {
            Some(Content::Lock(detail)) => {
                let told = |holder: &&Member| detail.ladders.iter().any(|ladder| ladder.path == holder.path);
                detail.holders.iter().filter(told).map(|holder| holder.path.clone()).collect()
            }
            _ => Vec::new(),
        })
    });
    let untold = Memo::new(move |_| {
        feed.with(|content| match content {
            Some(Content::Lock(detail)) => detail.holders.len().saturating_sub(detail.ladders.len()),
            _ => 0,
        })
    });
    let any = Memo::new(move |_| paths.with(|paths: &Vec<ZnodePath>| !paths.is_empty()));
    part(move || {
        let lock = lock.clone();
        any.get().then(|| {
            view! {
                <section class="section ladders" data-testid="ladders">
                    <header class="section-head"><h2>{text::LADDER}</h2></header>
                    {each(move || paths.get(), move |path, index| ladder(feed, &lock, path, index.get_untracked() == 0))}
                    {part(move || (untold.get() > 0).then(|| view! { <p class="quiet footnote">{text::without_ladder(untold.get())}</p> }))}
                </section>
            }
        })
    })
}

/// The ladder of one who holds.
fn ladder(feed: Feed, lock: &ZnodePath, path: ZnodePath, open: bool) -> AnyView {
    let at = path.clone();
    let member = Memo::new(move |_| {
        feed.with(|content| match content {
            Some(Content::Lock(detail)) => detail.holders.iter().find(|holder| holder.path == at).cloned(),
            _ => None,
        })
    });
    let name = Memo::new(move |before: Option<&String>| {
        let now = member.with(|member| member.as_ref().map(who));
        now.or_else(|| before.cloned()).unwrap_or_default()
    });
    let at = path.clone();
    let rung = move |deed: Deed| {
        let at = at.clone();
        let told = move |ladder: &&Ladder| ladder.path == at;
        let rung = Memo::new(move |_| {
            feed.with(|content| match content {
                Some(Content::Lock(detail)) => {
                    let ladder = detail.ladders.iter().find(&told)?;
                    ladder.rungs.iter().find(|rung| rung.deed == deed).cloned()
                }
                _ => None,
            })
        });
        rung_row(lock, deed, rung, member)
    };
    let rows: Vec<_> = RUNGS.into_iter().map(rung).collect();
    let node = path.to_string();
    view! {
        <details class="ladder" data-testid="ladder" data-path=node.clone() open=open>
            <summary title=node.clone()>
                <span class="strong">{move || name.get()}</span>
                <span class="mono soft">{path_end(&node)}</span>
            </summary>
            <ol class="rungs" aria-label=move || text::ladder_of(&name.get())>{rows}</ol>
        </details>
    }
    .into_any()
}

fn rung_row(
    lock: &ZnodePath,
    deed: Deed,
    rung: Memo<Option<Rung>>,
    member: Memo<Option<Member>>,
) -> impl IntoView + use<> {
    let offered = Memo::new(move |_| rung.with(|rung| rung.as_ref().is_some_and(|rung| rung.offered)));
    let why =
        Memo::new(move |_| rung.with(|rung| rung.as_ref().map(|rung| rung.why.clone()).unwrap_or_default()));
    let not_here = move || (!offered.get()).then(|| view! { <span class="chip">{text::NOT_OFFERED}</span> });
    let facts = (deed == Deed::Stop).then(|| part(move || offered.get().then(|| facts(rung))));
    view! {
        <li class="rung" class:refused=move || !offered.get() data-testid="rung" data-deed=text::rung_name(deed) data-offered=move || offered.get().to_string()>
            <div class="rung-words">
                <p><span class="strong">{text::rung(deed)}</span> " " {part(not_here)}</p>
                <p class="soft">{part(move || why.with(|why| prose(&text::on_its_own(why))))}</p>
                {facts}
            </div>
            {rung_button(lock, deed, rung, member)}
        </li>
    }
}

/// Where the client of a session is, and when the session ends by itself.
fn facts(rung: Memo<Option<Rung>>) -> impl IntoView + use<> {
    let read = move |what: fn(&Rung) -> Option<String>| {
        Memo::new(move |_| rung.with(|rung| rung.as_ref().and_then(what)))
    };
    let client = read(|rung| rung.client.clone());
    let server = read(|rung| rung.server.clone());
    let ends = Memo::new(move |_| rung.with(|rung| rung.as_ref().and_then(|rung| rung.expires)));
    let goes = Memo::new(move |_| rung.with(|rung| rung.as_ref().map_or(0, |rung| rung.ephemerals)));
    let address = move || match client.get() {
        Some(client) => view! {
            <span data-testid="rung-client">{client.clone()}</span> " "
            <CopyButton value=client what=text::THE_CLIENT/>
        }
        .into_any(),
        None => UNKNOWN.into_any(),
    };
    let ends = move || {
        ends.get()
            .map(|ends| view! { <dt>{text::RUNG_ENDS}</dt><dd data-testid="rung-ends">{until(ends)}</dd> })
    };
    view! {
        <dl class="facts rung-facts">
            <dt>{text::RUNG_CLIENT}</dt>
            <dd class="mono">{part(address)}</dd>
            <dt>{text::RUNG_SERVER}</dt>
            <dd class="mono">{part(move || server.get().unwrap_or_else(|| UNKNOWN.to_owned()))}</dd>
            {part(ends)}
            <dt>{text::RUNG_GOES}</dt>
            <dd>{part(move || text::ephemerals_go(goes.get()))}</dd>
        </dl>
    }
}

/// What is wrong with a lock, each with what cures it, if the console knows that.
pub(super) fn findings(feed: Feed, lock: &ZnodePath, findings: Memo<Vec<Finding>>) -> impl IntoView + use<> {
    let cures = Memo::new(move |_| {
        feed.with(|content| match content {
            Some(Content::Lock(detail)) => detail.cures.clone(),
            _ => Vec::new(),
        })
    });
    let lock = lock.clone();
    part(move || {
        cures.with(|cures| {
            let (mut left, lock) = (cures.clone(), lock.clone());
            let told: Vec<(Finding, Vec<Rung>)> = findings.with(|findings| {
                let told = findings.iter().map(|finding| {
                    (finding.clone(), left.extract_if(.., |rung| is_for(rung, finding)).collect())
                });
                told.collect()
            });
            let beside =
                |rungs: Vec<Rung>| rungs.into_iter().map(|rung| cure(feed, &lock, rung)).collect_view();
            let rows: Vec<_> =
                told.into_iter().map(|(finding, rungs)| badge::finding(&finding, beside(rungs))).collect();
            view! {
                {(!rows.is_empty()).then(|| view! { <ul class="findings">{rows}</ul> })}
                {beside(left)}
            }
        })
    })
}

/// Whether a cure is for a finding: the znode that goes is a part of its evidence.
fn is_for(rung: &Rung, finding: &Finding) -> bool {
    rung.target.as_ref().is_some_and(|target| finding.members.contains(&target.path))
}

fn cure(feed: Feed, lock: &ZnodePath, rung: Rung) -> AnyView {
    let target = rung.target.as_ref().map(|target| target.path.clone());
    let member = Memo::new(move |_| {
        feed.with(|content| match content {
            Some(Content::Lock(detail)) => {
                let mut all = detail.waiters.iter().chain(&detail.holders);
                all.find(|member| Some(&member.path) == target.as_ref()).cloned()
            }
            _ => None,
        })
    });
    let title = if rung.offered { text::CURE_TITLE } else { text::NO_CURE_TITLE };
    let (why, offered) = (rung.why.clone(), rung.offered);
    let deletes = rung.target.as_ref().map(|target| text::cured_by(target.path.name()));
    let rung = Memo::new(move |_| Some(rung.clone()));
    view! {
        <div class="rung cure" class:refused=!offered data-testid="cure" data-offered=offered.to_string()>
            <div class="rung-words">
                <p class="strong">{title}</p>
                {deletes.map(|deletes| view! { <p>{prose(&deletes)}</p> })}
                <p class="soft">{prose(&text::on_its_own(&why))}</p>
            </div>
            {rung_button(lock, Deed::Cure, rung, member)}
        </div>
    }
    .into_any()
}
