//! A review of several znodes: each that it is about, and each that is left alone.

use std::collections::HashMap;

use leptos::prelude::*;
use zooscope_protocol::action::{Excluded, Identity};
use zooscope_protocol::{ZnodePath, Zxid};

use crate::duration::Level;
use crate::text;
use crate::ui::badge;
use crate::ui::duration::{absolute, since};
use crate::ui::part::part;
use crate::ui::prose::prose;

/// So many are shown before the operator asks for all.
const FEW: usize = 20;

/// How a znode of a plan stands to what is true now.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Same,
    /// It is there no more, or is no more a part of it.
    Gone,
    /// It came after the plan was read.
    New,
}

/// The znodes that a plan is about, as they were read; `now` are those of the plan as it would be made now, where that is another.
pub(crate) fn several(read: &[Identity], now: Option<&[Identity]>) -> impl IntoView + use<> {
    let mut rows: Vec<(Identity, Fate)> = match now {
        None => read.iter().map(|identity| (identity.clone(), Fate::Same)).collect(),
        Some(now) => {
            let key = |identity: &Identity| (identity.path.clone(), (identity.czxid, identity.version));
            let known: HashMap<ZnodePath, (Zxid, i32)> = now.iter().map(key).collect();
            let before: HashMap<ZnodePath, (Zxid, i32)> = read.iter().map(key).collect();
            let is_in = |among: &HashMap<ZnodePath, (Zxid, i32)>, identity: &Identity| {
                let (path, seen) = key(identity);
                among.get(&path) == Some(&seen)
            };
            let old = read.iter().map(|identity| {
                (identity.clone(), if is_in(&known, identity) { Fate::Same } else { Fate::Gone })
            });
            let new = now.iter().filter(|identity| !is_in(&before, identity));
            old.chain(new.map(|identity| (identity.clone(), Fate::New))).collect()
        }
    };
    // What differs is read first, however long the rest is.
    rows.sort_by_key(|(_, fate)| *fate == Fate::Same);
    let count = rows.len();
    let row = |(identity, fate): &(Identity, Fate)| {
        let mark = match fate {
            Fate::Same => None,
            Fate::Gone => Some(text::GONE_MARK),
            Fate::New => Some(text::NEW_MARK),
        };
        let created = identity.created;
        view! {
            <tr class:differs=mark.is_some() data-testid="plan-znode" data-path=identity.path.to_string()>
                <td>
                    {identity.path.to_string()}
                    {identity.identity.clone().map(|data| view! { <span class="soft">" " {data}</span> })}
                    {mark.map(|mark| view! { <span class="differing">" " {badge::mark(Level::Warn)} {mark}</span> })}
                </td>
                <td>{identity.czxid.to_string()}</td>
                <td>{identity.version}</td>
                <td title=absolute(created)>{since(move || Some(created))}</td>
            </tr>
        }
        .into_any()
    };
    let rest = folded(rows, row);
    view! {
        <table class="identities several mono" aria-label=text::about_several(count)>
            <thead>
                <tr>
                    <th scope="col">{text::ZNODE}</th>
                    <th scope="col">"czxid"</th>
                    <th scope="col">"version"</th>
                    <th scope="col">"age"</th>
                </tr>
            </thead>
            <tbody>{rest.0}</tbody>
        </table>
        {rest.1}
    }
}

/// What a plan leaves alone, each with why.
pub(crate) fn excluded(left: &[Excluded]) -> impl IntoView + use<> {
    let row = |left: &Excluded| {
        view! {
            <li data-testid="plan-excluded" data-path=left.path.to_string()>
                <p class="mono">{left.path.to_string()}</p>
                <p class="soft">{prose(&text::on_its_own(&left.detail))}</p>
            </li>
        }
        .into_any()
    };
    let (rows, more) = folded(left.to_vec(), row);
    (!left.is_empty()).then(|| {
        view! {
            <section class="sheet-part">
                <h3>{text::EXCLUDED}</h3>
                <ul class="excluded">{rows}</ul>
                {more}
            </section>
        }
    })
}

/// The first few of a list, and what shows all of it.
fn folded<T: Clone + Send + 'static>(
    all: Vec<T>,
    row: impl Fn(&T) -> AnyView + Send + Copy + 'static,
) -> (AnyView, AnyView) {
    let count = all.len();
    let open = RwSignal::new(count <= FEW);
    let rows = part(move || {
        let most = if open.get() { usize::MAX } else { FEW };
        all.iter().take(most).map(row).collect_view()
    });
    let more = part(move || {
        (!open.get()).then(|| {
            view! {
                <p class="footnote">
                    <button type="button" class="link" on:click=move |_| open.set(true)>
                        {text::SHOW_ALL} " (" {text::folded(count - FEW)} ")"
                    </button>
                </p>
            }
        })
    });
    (rows.into_any(), more.into_any())
}
