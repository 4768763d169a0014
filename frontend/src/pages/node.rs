//! One znode: its data, its stat in words, who may do what with it, and what it is a part of.

use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;
use zooscope_protocol::{Content, Node, Stat, Timestamp, View, ZnodePath};

use super::data::data;
use super::recent;
use crate::address::Address;
use crate::api::{self, Failure};
use crate::duration::{self, grouped, size};
use crate::live::use_view;
use crate::route::Page;
use crate::text;
use crate::time::zone;
use crate::ui::copy::{CopyButton, copies};
use crate::ui::duration::since;
use crate::ui::empty::{empty, notice, waiting};
use crate::ui::icon::{Icon, icon};
use crate::ui::part::part;
use crate::ui::path::path_links;

/// The panel of the znode at `path`. The stream tells when it changes; its whole data and its ACL are then fetched.
#[component]
pub(crate) fn NodePanel(path: String) -> impl IntoView {
    let address = expect_context::<Address>();
    let Ok(znode) = ZnodePath::parse(&path) else {
        return notice(text::NO_NODE_TITLE, text::NO_PLACE_BODY);
    };
    let asked = znode.clone();
    let feed = use_view(move || Some((address.cluster(), View::Node { path: asked.clone() })));
    let live = Memo::new(move |_| {
        feed.with(|content| match content {
            Some(Content::Node(node)) => Some(node.as_deref().cloned()),
            _ => None,
        })
    });
    let whole = RwSignal::new(None::<Result<Node, Failure>>);
    // What of a stat changes with the data or the ACL; children come and go without a fetch.
    let version = Memo::new(move |_| {
        live.with(|node| {
            node.as_ref()?.as_ref().map(|node| (node.stat.czxid, node.stat.mzxid, node.stat.aversion))
        })
    });
    let at = path.clone();
    Effect::new(move || {
        if version.get().is_none() {
            whole.set(None);
            return;
        }
        let (Some(here), at) = (address.here(), at.clone()) else { return };
        spawn_local(async move {
            let answer = api::node(&here.cluster, &at).await;
            let _ = whole.try_set(Some(answer));
        });
    });
    let state =
        Memo::new(move |_| live.with(|node| node.as_ref().map(Option::is_some)).filter(|_| feed.is_ready()));
    let stat = Memo::new(move |_| live.with(|node| node.as_ref()?.as_ref().map(|node| node.stat)));
    let body = move || match state.get() {
        None => waiting(feed, 8),
        Some(false) => empty(Icon::Tree, text::NO_NODE_TITLE, text::NO_NODE_BODY),
        Some(true) => view! {
            {about(live)}
            {contents(live, whole)}
            <section class="section">
                <header class="section-head"><h2>{text::STAT}</h2></header>
                {part(move || stat.get().map(|stat| stat_table(&stat)))}
            </section>
            {access(whole)}
        }
        .into_any(),
    };
    view! {
        <header class="page-head">
            <a class="back-link icon-button" href=move || address.href(Page::Tree(None)) aria-label=text::BACK>{icon(Icon::Back)}</a>
            <h1 class="path-title">{path_links(&path)}</h1>
        </header>
        <div class="body" data-testid="node-panel">
            {copies(&path)}
            {part(body)}
            {recent::recent(text::RECENT, znode, 8)}
        </div>
    }
    .into_any()
}

/// What it is and what it belongs to.
fn about(live: Memo<Option<Option<Node>>>) -> impl IntoView {
    let address = expect_context::<Address>();
    move || {
        live.with(|node| {
            let node = node.as_ref()?.as_ref()?;
            let path = node.path.to_string();
            let own = node.recipe.as_ref().map(|recipe| {
                let words = text::recognised_as(&recipe.to_string());
                let is_queue = node.part_of.as_ref().is_some_and(|part| part.queue && part.path == node.path);
                let page = if is_queue { Page::Queue(path.clone()) } else { Page::Lock(path.clone()) };
                view! { <p><a class="link" href=address.href(page)>{words}</a></p> }
            });
            let whole = node.part_of.as_ref().filter(|part| part.path != node.path).map(|part| {
                let at = part.path.to_string();
                let page = if part.queue { Page::Queue(at.clone()) } else { Page::Lock(at.clone()) };
                view! {
                    <p class="soft">
                        {text::part_of(part.queue)} " " <a class="link mono" href=address.href(page)>{at}</a>
                        " · " {part.recipe.to_string()}
                    </p>
                }
            });
            Some(view! { {own} {whole} })
        })
    }
}

/// The data: from the stream at once, whole as soon as it was fetched.
fn contents(
    live: Memo<Option<Option<Node>>>,
    whole: RwSignal<Option<Result<Node, Failure>>>,
) -> impl IntoView {
    let bytes = move || {
        let fetched = whole.with(|whole| match whole {
            Some(Ok(node)) => Some(node.data.0.clone()),
            _ => None,
        });
        fetched.unwrap_or_else(|| {
            live.with(|node| {
                node.as_ref()
                    .and_then(|node| node.as_ref())
                    .map(|node| node.data.0.clone())
                    .unwrap_or_default()
            })
        })
    };
    let readable = Memo::new(move |_| {
        live.with(|node| node.as_ref().and_then(|node| node.as_ref()).is_none_or(|node| node.readable))
    });
    let cut = move || {
        let from_stream =
            live.with(|node| node.as_ref().and_then(|node| node.as_ref()).is_some_and(|node| node.truncated));
        whole.with(|whole| match whole {
            Some(Ok(node)) => node.truncated,
            _ => from_stream,
        })
    };
    let length = move || {
        live.with(|node| {
            node.as_ref()?.as_ref().map(|node| size(u64::try_from(node.stat.data_length).unwrap_or(0)))
        })
    };
    view! {
        <section class="section">
            <header class="section-head">
                <h2>{text::DATA}</h2>
                <span class="quiet num">{part(length)}</span>
            </header>
            {part(move || {
                if readable.get() {
                    data(bytes).into_any()
                } else {
                    view! { <p class="warn footnote">{text::NOT_READABLE}</p> }.into_any()
                }
            })}
            {part(move || cut().then(|| view! { <p class="quiet footnote">{text::TRUNCATED}</p> }))}
        </section>
    }
}

/// The eleven fields.
fn stat_table(stat: &Stat) -> impl IntoView + use<> {
    let time = |moment: Timestamp| {
        let words = duration::moment(moment.0, zone(moment));
        view! { {words} " · " {since(move || Some(moment))} }.into_any()
    };
    let number = |value: i64| grouped(u64::try_from(value).unwrap_or(0)).into_any();
    let owner = match stat.owner() {
        Some(session) => {
            let session = session.to_string();
            view! { <span class="mono">{session.clone()}</span> <CopyButton value=session what=text::THE_SESSION/> }.into_any()
        }
        None => text::persistent().into_any(),
    };
    let zxid =
        |zxid: zooscope_protocol::Zxid| view! { <span class="mono">{zxid.to_string()}</span> }.into_any();
    let values = [
        zxid(stat.czxid),
        zxid(stat.mzxid),
        zxid(stat.pzxid),
        time(stat.ctime),
        time(stat.mtime),
        number(i64::from(stat.version)),
        number(i64::from(stat.cversion)),
        number(i64::from(stat.aversion)),
        owner,
        size(u64::try_from(stat.data_length).unwrap_or(0)).into_any(),
        number(i64::from(stat.num_children)),
    ];
    let row = |((name, words), value): ((&'static str, &'static str), AnyView)| {
        view! { <dt>{words} <span class="mono quiet">{name}</span></dt><dd class="num">{value}</dd> }
    };
    view! { <dl class="facts stat">{text::STAT_FIELDS.into_iter().zip(values).map(row).collect_view()}</dl> }
}

/// The ACL in words.
fn access(whole: RwSignal<Option<Result<Node, Failure>>>) -> impl IntoView {
    let entries = move || {
        whole.with(|whole| match whole {
            None => ().into_any(),
            Some(Err(failure)) => {
                let class = if failure.code().is_some() { "quiet footnote" } else { "warn footnote" };
                view! { <p class=class>{failure.sentence()}</p> }.into_any()
            }
            Some(Ok(Node { acl: None, .. })) => view! { <p class="quiet footnote">{text::ACL_UNKNOWN}</p> }.into_any(),
            Some(Ok(Node { acl: Some(acl), .. })) => {
                let row = |entry: &zooscope_protocol::AclEntry| {
                    let raw = format!("{}:{}", entry.scheme, entry.id);
                    view! { <dt title=raw>{text::grantee(&entry.scheme, &entry.id)}</dt><dd>{text::permissions(entry.permissions)}</dd> }
                };
                view! { <dl class="facts">{acl.iter().map(row).collect_view()}</dl> }.into_any()
            }
        })
    };
    view! {
        <section class="section">
            <header class="section-head"><h2>{text::ACL}</h2></header>
            {part(entries)}
        </section>
    }
}
