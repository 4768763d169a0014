//! The shell: what is around every screen, and which screen it is.

use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

use crate::address::Address;
use crate::bulk::Bulks;
use crate::duration::Level;
use crate::later::{self, Later, Piece};
use crate::link::LinkState;
use crate::live::{Cluster, Live};
use crate::may::May;
use crate::prefs::{self, Theme};
use crate::review::Reviews;
use crate::route::{Page, Place, sign_in};
use crate::time::Clock;
use crate::ui::empty::{empty, notice, skeleton};
use crate::ui::icon::{Icon, icon};
use crate::ui::part::part;
use crate::ui::toast::{ToastList, Toasts};
use crate::who::Who;
use crate::{api, keys, pages, text};

mod bar;
pub(crate) mod environment;
pub(crate) mod frozen;
pub(crate) mod help;
pub(crate) mod person;
mod rail;
pub(crate) mod sign_ins;

/// Puts the site into the page.
pub fn start() {
    std::panic::set_hook(Box::new(|failure| failed(&failure.to_string())));
    if let Some(shell) = document().get_element_by_id("shell") {
        shell.remove();
    }
    // Between the sign-in page and the others the browser loads the page anew, so it is the one or the other for good.
    if window().location().pathname().is_ok_and(|path| path == sign_in::PATH) {
        leptos::mount::mount_to_body(pages::sign_in::SignIn);
    } else {
        leptos::mount::mount_to_body(App);
    }
}

/// A program that has failed draws no more, so what is on the screen would stay there as if it were true.
fn failed(why: &str) {
    web_sys::console::error_1(&why.into());
    if document().query_selector(".page-failed").is_ok_and(|band| band.is_some()) {
        return;
    }
    let (Ok(band), Some(body)) = (document().create_element("p"), document().body()) else { return };
    band.set_class_name("page-failed");
    let _ = band.set_attribute("role", "alert");
    band.set_text_content(Some(text::PAGE_FAILED));
    let _ = body.append_child(&band);
}

#[component]
fn App() -> impl IntoView {
    let address = Address::start();
    let live = Live::new(Clock::start());
    let theme = prefs::theme();
    let help = RwSignal::new(false);
    provide_context(address);
    provide_context(live);
    provide_context(theme);
    let toasts = Toasts::new();
    provide_context(toasts);
    let bulks = Bulks::new(toasts);
    provide_context(bulks);
    let reviews = Reviews::new(live);
    provide_context(reviews);
    provide_context(Later::follow(live));
    let who = Who::follow(live);
    provide_context(who);
    provide_context(May::new(who));
    let switch = RwSignal::new(None);
    let name = Memo::new(move |_| address.cluster());
    let cluster = Cluster::follow(live, who, name.into());
    provide_context(cluster);
    keys::listen(address, help, theme);

    let failure = RwSignal::new(None::<String>);
    begin(address, live, failure);
    titles(address);
    tell_of_updates(live);
    pick_up_bulks(live, bulks, name);

    // What happens in one cluster is no business of another's screen: a change of the cluster draws all anew.
    let screen = Memo::new(move |_| {
        let place = address.place();
        place.map(|place| (place.cluster, Screen::of(&place.page)))
    });
    let listed = list_when_refused(live);
    let unknown = move || {
        let name = name.get();
        let known = live.server.with(|server| server.as_ref().map(|server| server.clusters.clone()));
        let known = known.or_else(|| listed.get())?;
        (!name.is_empty() && !known.contains(&name)).then(|| text::no_cluster(&name, &known))
    };
    let unknown = Memo::new(move |_| unknown());
    let main = move || match (unknown.get(), screen.get()) {
        (Some(why), _) => notice(text::NO_CLUSTER_TITLE, why),
        (None, Some((_, screen))) => screen.draw(),
        (None, None) => match failure.get() {
            Some(why) => notice(text::NO_CLUSTERS_TITLE, why),
            None if window().location().pathname().is_ok_and(|path| path == "/") => skeleton(8),
            None => empty(Icon::Search, text::NO_PLACE_TITLE, text::NO_PLACE_BODY),
        },
    };
    let frame = move || environment::frame(cluster);
    let plan = move || {
        reviews.open.get().map(|review| later::dialog(Piece::Plan(review), move || reviews.open.set(None)))
    };
    let bulk = move || bulks.open.get().map(|shown| later::dialog(Piece::Bulk(shown), move || bulks.close()));
    view! {
        <a class="skip" href="#main">{text::SKIP}</a>
        <div class=frame>
            <rail::Rail/>
            <bar::Bar help switch/>
            <frozen::FrozenBand switch/>
            <main class="main" id="main" tabindex="-1">{part(main)}</main>
        </div>
        <frozen::FreezeDialog switch/>
        {part(plan)}
        {part(bulk)}
        {part(move || help.get().then(|| later::dialog(Piece::Keys(help), move || help.set(false))))}
        <ToastList/>
    }
}

/// The screens that keep their parts while the place within them changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Screen {
    Overview,
    Locks,
    Queues,
    Waits,
    Sessions,
    Findings,
    Recipes,
    Tree,
    Events,
    Approvals,
    Audit,
}

impl Screen {
    fn of(page: &Page) -> Self {
        match page {
            Page::Overview => Self::Overview,
            Page::Locks | Page::Lock(_) => Self::Locks,
            Page::Queues | Page::Queue(_) => Self::Queues,
            Page::Waits => Self::Waits,
            Page::Sessions | Page::Session(_) => Self::Sessions,
            Page::Findings => Self::Findings,
            Page::Recipes => Self::Recipes,
            Page::Tree(_) => Self::Tree,
            Page::Events => Self::Events,
            Page::Approvals => Self::Approvals,
            Page::Audit(_) => Self::Audit,
        }
    }

    fn draw(self) -> AnyView {
        match self {
            Self::Overview => pages::overview::Overview().into_any(),
            Self::Locks => pages::locks::Locks().into_any(),
            Self::Queues => later::screen(Piece::Queues),
            Self::Waits => later::screen(Piece::Waits),
            Self::Sessions => later::screen(Piece::Sessions),
            Self::Findings => later::screen(Piece::Findings),
            Self::Recipes => later::screen(Piece::Recipes),
            Self::Tree => later::screen(Piece::Tree),
            Self::Events => later::screen(Piece::Events),
            Self::Approvals => later::screen(Piece::Approvals),
            Self::Audit => later::screen(Piece::Audit),
        }
    }
}

/// Connects to the cluster of the address; without one, goes to the first.
fn begin(address: Address, live: Live, failure: RwSignal<Option<String>>) {
    Effect::new(move || {
        let cluster = address.cluster();
        if !cluster.is_empty() {
            live.connect(&cluster);
        }
    });
    if address.here().is_none() {
        spawn_local(async move {
            match api::clusters().await {
                Ok(names) => {
                    let at_start = window().location().pathname().is_ok_and(|path| path == "/");
                    if let Some(first) = names.first().filter(|_| at_start) {
                        address.replace(Place::new(first, Page::Overview));
                    }
                }
                Err(why) => failure.set(Some(why.sentence())),
            }
        });
    }
}

/// The clusters, asked for when the stream does not open: that of a cluster which is unknown never does.
fn list_when_refused(live: Live) -> RwSignal<Option<Vec<String>>> {
    let listed = RwSignal::new(None);
    Effect::new(move || {
        if live.link.get() == LinkState::Lost && live.server.with_untracked(Option::is_none) {
            spawn_local(async move {
                if let Ok(names) = api::clusters().await {
                    listed.set(Some(names));
                }
            });
        }
    });
    listed
}

/// A server of another version came back: it may speak of what this program does not know.
fn tell_of_updates(live: Live) {
    let toasts = expect_context::<Toasts>();
    Effect::new(move |first: Option<Option<String>>| {
        let version = live.server.with(|server| server.as_ref().map(|server| server.version.clone()));
        match first.flatten() {
            Some(first) if version.as_ref().is_some_and(|version| *version != first) => {
                toasts.say(Level::Warn, text::UPDATED.to_owned());
                version
            }
            first => first.or(version),
        }
    });
}

/// What goes on in the console when the stream opens is led to.
fn pick_up_bulks(live: Live, bulks: Bulks, name: Memo<String>) {
    Effect::new(move || {
        let name = name.get();
        if live.link.get() == LinkState::Open && !name.is_empty() {
            bulks.pick_up(name);
        }
    });
}

/// The title of the browser's tab says the screen and the cluster.
fn titles(address: Address) {
    Effect::new(move || {
        let title = match address.place() {
            Some(place) => {
                let page = match &place.page {
                    Page::Overview => text::OVERVIEW,
                    Page::Locks => text::LOCKS,
                    Page::Queues => text::QUEUES,
                    Page::Waits => text::WAITS,
                    Page::Sessions => text::SESSIONS,
                    Page::Findings => text::FINDINGS,
                    Page::Recipes => text::RECIPES,
                    Page::Tree(None) => text::TREE,
                    Page::Events => text::EVENTS,
                    Page::Approvals => text::APPROVALS,
                    Page::Audit(_) => text::AUDIT,
                    Page::Lock(path) | Page::Queue(path) | Page::Tree(Some(path)) | Page::Session(path) => {
                        path
                    }
                };
                format!("{page} · {} · {}", place.cluster, text::PRODUCT)
            }
            None => text::PRODUCT.to_owned(),
        };
        document().set_title(&title);
    });
}

/// The next theme's button.
#[component]
fn ThemeButton() -> impl IntoView {
    let theme = expect_context::<RwSignal<Theme>>();
    let which = move || match theme.get() {
        Theme::System => icon(Icon::System),
        Theme::Dark => icon(Icon::Dark),
        Theme::Light => icon(Icon::Light),
    };
    let label = move || text::theme(theme.get().name());
    view! {
        <button
            type="button"
            class="icon-button"
            data-testid="theme-button"
            title=label
            aria-label=label
            on:click=move |_| theme.update(|theme| *theme = theme.next())
        >
            {part(which)}
        </button>
    }
}
