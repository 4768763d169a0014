//! The bar at the top: the cluster, how current the screen is, and a way to everything.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use zooscope_protocol::{Content, View};

use super::ThemeButton;
use super::environment::EnvironmentLabel;
use super::frozen::Switch;
use super::person::Person;
use crate::address::Address;
use crate::health::Health;
use crate::live::{Cluster, Live, use_view};
use crate::route::{Page, Place};
use crate::text;
use crate::ui::icon::{Icon, icon};
use crate::ui::part::part;
use crate::ui::path::path_text;

/// A difference of the clocks that is worth saying, in milliseconds.
const SKEW_MS: i64 = 2_000;
/// The most answers of each kind that the finder shows.
const FOUND: u32 = 6;

/// The bar.
#[component]
pub(super) fn Bar(help: RwSignal<bool>, switch: Switch) -> impl IntoView {
    let live = expect_context::<Live>();
    let read_only = move || live.server.with(|server| server.as_ref().is_some_and(|server| server.read_only));
    view! {
        <header class="bar">
            <ClusterChoice/>
            <EnvironmentLabel/>
            <State/>
            {part(move || read_only().then(|| view! { <span class="chip" title=text::READ_ONLY_HINT>{text::READ_ONLY_CHIP}</span> }))}
            <div class="bar-search"><Finder/></div>
            <div class="bar-tools">
                <button
                    type="button"
                    class="icon-button keys-button"
                    title=text::KEYS_TITLE
                    aria-label=text::KEYS_TITLE
                    data-testid="keys-button"
                    on:click=move |_| help.set(true)
                >
                    {icon(Icon::Keyboard)}
                </button>
                <ThemeButton/>
                <Person switch/>
            </div>
        </header>
    }
}

/// The cluster, and the others.
#[component]
fn ClusterChoice() -> impl IntoView {
    let live = expect_context::<Live>();
    let address = expect_context::<Address>();
    let names = Memo::new(move |_| {
        live.server.with(|server| server.as_ref().map(|server| server.clusters.clone()).unwrap_or_default())
    });
    let chosen = move |event: web_sys::Event| {
        let page = address.here().map(|here| here.page.whole());
        address.go(Place::new(&event_target_value(&event), page.unwrap_or(Page::Overview)));
    };
    move || {
        let names = names.get();
        if names.len() < 2 {
            return view! { <span class="cluster-name" data-testid="cluster">{part(move || address.cluster())}</span> }.into_any();
        }
        let option = |name: String| {
            let (this, value) = (name.clone(), name.clone());
            view! { <option value=value prop:selected=move || address.cluster() == this>{name}</option> }
        };
        view! {
            <label class="cluster-choice">
                <span class="hidden-label">{text::CLUSTER}</span>
                <select data-testid="cluster" on:change=chosen>{names.into_iter().map(option).collect_view()}</select>
                {icon(Icon::Chevron)}
            </label>
        }
        .into_any()
    }
}

/// How current the screen is: a shape, a word and an age.
#[component]
fn State() -> impl IntoView {
    let cluster = expect_context::<Cluster>();
    let live = expect_context::<Live>();
    let class = move || match cluster.health.get() {
        Health::Live(_) => "state live",
        Health::Connecting | Health::Reaching | Health::Scanning(..) => "state busy",
        Health::Stale(_) | Health::ReadOnly => "state warn",
        Health::Offline | Health::Lost(_) | Health::Failed(_) => "state critical",
    };
    let sentence = move || {
        let mut words = text::health_sentence(&cluster.health.get());
        live.clock.now();
        let skew = live.clock.skew();
        if skew.abs() > SKEW_MS {
            words.push('\n');
            words.push_str(&text::skew(skew));
        }
        words
    };
    // The word for those who do not see it changes only with the state, not with each tenth of its age.
    let spoken = Memo::new(move |_| match cluster.health.get() {
        Health::Live(_) => text::LIVE.to_owned(),
        Health::Scanning(..) => text::SCANNING_TITLE.to_owned(),
        other => text::health_sentence(&other),
    });
    view! {
        <span class=class title=sentence data-testid="connection-state" data-state=move || name(&cluster.health.get())>
            <span class="dot" aria-hidden="true"></span>
            <span class="num" aria-hidden="true">{part(move || text::health(&cluster.health.get()))}</span>
            <span class="hidden-label" role="status" aria-label=text::CONNECTION>{spoken}</span>
        </span>
    }
}

/// The state's name for programs.
fn name(health: &Health) -> &'static str {
    match health {
        Health::Offline => "offline",
        Health::Connecting => "connecting",
        Health::Lost(_) => "lost",
        Health::Reaching => "reaching",
        Health::Scanning(..) => "scanning",
        Health::Live(_) => "live",
        Health::Stale(_) => "stale",
        Health::ReadOnly => "read_only",
        Health::Failed(_) => "failed",
    }
}

/// A field that finds locks, queues and paths, and leads to them.
#[component]
fn Finder() -> impl IntoView {
    let address = expect_context::<Address>();
    let query = RwSignal::new(String::new());
    let chosen = RwSignal::new(0_usize);
    let open = RwSignal::new(false);
    let input = NodeRef::<leptos::html::Input>::new();
    let asked =
        move || Some((address.cluster(), query.get().trim().to_owned())).filter(|(_, text)| !text.is_empty());
    let locks = use_view(move || {
        let (cluster, query) = asked()?;
        Some((cluster, View::Locks { query, sort: Default::default(), limit: FOUND }))
    });
    let queues = use_view(move || {
        let (cluster, query) = asked()?;
        Some((cluster, View::Queues { query, sort: Default::default(), limit: FOUND }))
    });
    let sessions = use_view(move || {
        let (cluster, query) = asked()?;
        Some((cluster, View::Sessions { query, limit: FOUND }))
    });
    let found = Memo::new(move |_| {
        let text = query.get().trim().to_owned();
        if text.is_empty() {
            return Vec::new();
        }
        let mut found: Vec<(Page, String, &'static str)> = Vec::new();
        locks.with(|content| {
            if let Some(Content::Locks(list)) = content {
                found.extend(list.rows.iter().map(|lock| {
                    let path = lock.path.to_string();
                    (Page::Lock(path.clone()), path, text::LOCKS)
                }));
            }
        });
        queues.with(|content| {
            if let Some(Content::Queues(list)) = content {
                found.extend(list.rows.iter().map(|queue| {
                    let path = queue.path.to_string();
                    (Page::Queue(path.clone()), path, text::QUEUES)
                }));
            }
        });
        found.retain(|(_, path, _)| {
            path.to_lowercase().contains(&text.to_lowercase()) || !text.starts_with('/')
        });
        // A session is found by what holds its place in the list too; here only by what is shown of it.
        sessions.with(|content| {
            if let Some(Content::Sessions(list)) = content {
                let lower = text.to_lowercase();
                found.extend(list.rows.iter().filter_map(|session| {
                    let id = session.session.to_string();
                    let words =
                        text::session_line(&id, session.identity.as_deref(), session.peer.client.as_deref());
                    words.to_lowercase().contains(&lower).then_some((
                        Page::Session(id),
                        words,
                        text::SESSIONS,
                    ))
                }));
            }
        });
        if text.starts_with('/') && zooscope_protocol::ZnodePath::parse(&text).is_ok() {
            found.push((Page::Tree(Some(text.clone())), text, text::TREE));
        }
        found
    });
    let leave = move || {
        open.set(false);
        query.set(String::new());
        if let Some(input) = input.get_untracked() {
            let _ = input.blur();
        }
    };
    let go = move |index: usize| {
        let page = found.with_untracked(|found| found.get(index).map(|(page, ..)| page.clone()));
        if let Some(page) = page {
            leave();
            address.open(page);
        }
    };
    let pressed = move |event: web_sys::KeyboardEvent| {
        let count = found.with_untracked(Vec::len);
        match event.key().as_str() {
            "ArrowDown" => chosen.update(|at| *at = (*at + 1).min(count.saturating_sub(1))),
            "ArrowUp" => chosen.update(|at| *at = at.saturating_sub(1)),
            "Enter" => go(chosen.get_untracked()),
            "Escape" => leave(),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    };
    shortcut(input);
    let rows = move || {
        let row = |(index, (_, path, kind)): (usize, (Page, String, &'static str))| {
            view! {
                <li
                    role="option"
                    id=format!("found-{index}")
                    aria-selected=move || (chosen.get() == index).to_string()
                    // The field loses the focus after a press, and closes the list; so the press itself chooses.
                    on:mousedown=move |event| {
                        event.prevent_default();
                        go(index);
                    }
                >
                    {path_text(&path)} <span class="quiet">{kind}</span>
                </li>
            }
        };
        found.get().into_iter().enumerate().map(row).collect_view()
    };
    let listing = Memo::new(move |_| open.get() && !query.with(|query| query.trim().is_empty()));
    view! {
        <div class="finder">
            <label class="field">
                {icon(Icon::Search)} <span class="hidden-label">{text::FIND_LABEL}</span>
                <input
                    node_ref=input
                    type="search"
                    role="combobox"
                    aria-expanded=move || listing.get().to_string()
                    aria-controls="found"
                    aria-activedescendant=move || listing.get().then(|| format!("found-{}", chosen.get()))
                    placeholder=text::FIND
                    autocomplete="off"
                    spellcheck="false"
                    data-testid="finder"
                    prop:value=move || query.get()
                    on:input=move |event| {
                        query.set(event_target_value(&event));
                        chosen.set(0);
                    }
                    on:focus=move |_| open.set(true)
                    on:blur=move |_| open.set(false)
                    on:keydown=pressed
                /> <kbd>"Ctrl K"</kbd>
            </label>
            <Show when=move || listing.get()>
                <ul class="found" id="found" role="listbox" aria-label=text::FIND_LABEL>
                    {part(rows)}
                    {part(move || found.with(Vec::is_empty).then(|| view! { <li class="quiet">{text::NOTHING_FOUND}</li> }))}
                </ul>
            </Show>
        </div>
    }
}

/// Ctrl K and ⌘ K lead to the field from anywhere.
fn shortcut(input: NodeRef<leptos::html::Input>) {
    let _ = window_event_listener(leptos::ev::keydown, move |event| {
        if event.key() == "k" && (event.ctrl_key() || event.meta_key()) && !event.alt_key() {
            event.prevent_default();
            if let Some(input) = input.get_untracked() {
                let _ = input.unchecked_ref::<web_sys::HtmlElement>().focus();
            }
        }
    });
}
