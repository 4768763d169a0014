//! The sign-in page. It shows how one signs in, and nothing of the console, its version or who has an account.

use leptos::html::Input;
use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;
use zooscope_protocol::AuthMode;
use zooscope_protocol::access::NotIn;
use zooscope_protocol::api::{Login, LoginOffer};

use crate::api::{self, Failure};
use crate::prefs;
use crate::route::{encode, sign_in};
use crate::text;
use crate::ui::badge;
use crate::ui::empty::skeleton;
use crate::ui::icon::{Icon, sized};
use crate::ui::part::part;

/// The page.
#[component]
pub(crate) fn SignIn() -> impl IntoView {
    prefs::theme();
    document().set_title(&format!("{} · {}", text::SIGN_IN, text::PRODUCT));
    let offer = RwSignal::new(None::<Result<LoginOffer, Failure>>);
    let known = RwSignal::new(false);
    let ask = move || {
        offer.set(None);
        spawn_local(async move {
            // Whoever is known already has nothing to do here, but to read why they were led here.
            if api::session().await.is_ok() {
                if why().is_none() { go_back() } else { known.set(true) }
            } else {
                offer.set(Some(api::login_offer().await));
            }
        });
    };
    ask();
    let way = move || {
        if known.get() {
            return open_console();
        }
        offer.with(|offer| match offer {
            None => skeleton(3),
            Some(Err(failure)) => dead_end(text::SIGN_IN_UNREACHABLE, failure.sentence(), ask),
            Some(Ok(offer)) => match (offer.mode, &offer.start) {
                (AuthMode::Oidc, Some(start)) => provider(start),
                (AuthMode::Proxy, _) => {
                    dead_end(text::SIGN_IN_PROXY, text::SIGN_IN_PROXY_BODY.to_owned(), ask)
                }
                (AuthMode::None, _) => {
                    dead_end(text::SIGN_IN_NONE, text::SIGN_IN_NONE_BODY.to_owned(), go_back)
                }
                _ => password().into_any(),
            },
        })
    };
    view! {
        <main class="door" data-testid="sign-in">
            <div class="door-card">
                <h1 class="door-brand">{sized(Icon::Logo, "28")} {text::PRODUCT}</h1>
                {why().map(|why| view! { <div role="alert" data-testid="sign-in-why">{badge::said(text::not_in(why))}</div> })}
                {part(way)}
            </div>
        </main>
    }
}

/// Leads to where the page was come to from, loaded anew.
fn go_back() {
    let location = window().location();
    let back = sign_in::back(&location.search().unwrap_or_default());
    let _ = location.replace(&back);
}

fn why() -> Option<NotIn> {
    sign_in::why(&window().location().search().unwrap_or_default())
}

/// Who is known all the same goes on from here.
fn open_console() -> AnyView {
    view! {
        <div class="door-form">
            <button type="button" class="button" autofocus=true on:click=move |_| go_back()>{text::OPEN_CONSOLE}</button>
        </div>
    }
    .into_any()
}

/// Signing in with a name and a password.
fn password() -> impl IntoView {
    let user = NodeRef::<Input>::new();
    let word = NodeRef::<Input>::new();
    let working = RwSignal::new(false);
    let said = RwSignal::new(None::<String>);
    // What a password manager fills in is in the field and not always in an event, so the fields are read when they are sent.
    let read =
        move |field: NodeRef<Input>| field.get_untracked().map(|field| field.value()).unwrap_or_default();
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if working.get_untracked() {
            return;
        }
        let body = Login { user: read(user).trim().to_owned(), password: read(word) };
        if body.user.is_empty() || body.password.is_empty() {
            said.set(Some(text::NEEDS_USER_AND_PASSWORD.to_owned()));
            focus(if body.user.is_empty() { user } else { word });
            return;
        }
        working.set(true);
        spawn_local(async move {
            match api::sign_in(&body).await {
                Ok(_) => go_back(),
                Err(failure) => {
                    working.set(false);
                    said.set(Some(failure.sentence()));
                    if let Some(word) = word.get_untracked() {
                        word.set_value("");
                    }
                    focus(word);
                }
            }
        });
    };
    // The attribute is heeded only in a page that is being loaded.
    Effect::new(move || {
        if let Some(user) = user.get() {
            let _ = user.focus();
        }
    });
    let problem = move || said.get().map(|said| badge::said(&said));
    view! {
        <form class="sheet-form door-form" method="post" on:submit=submit aria-label=text::SIGN_IN>
            <label>
                <span>{text::USER}</span>
                <input
                    node_ref=user
                    name="username"
                    autocomplete="username"
                    autocapitalize="none"
                    spellcheck="false"
                    autofocus=true
                    required=true
                    data-testid="sign-in-user"
                />
            </label>
            <label>
                <span>{text::PASSWORD}</span>
                <input
                    node_ref=word
                    type="password"
                    name="password"
                    autocomplete="current-password"
                    required=true
                    aria-describedby="sign-in-said"
                    data-testid="sign-in-password"
                />
            </label>
            <div id="sign-in-said" role="alert" data-testid="sign-in-said">{part(problem)}</div>
            <button
                type="submit"
                class="button solid"
                data-testid="sign-in-button"
                aria-disabled=move || working.get().to_string()
            >
                {part(move || if working.get() { text::SIGNING_IN } else { text::SIGN_IN })}
            </button>
        </form>
    }
}

fn focus(field: NodeRef<Input>) {
    if let Some(field) = field.get_untracked() {
        let _ = field.focus();
    }
}

/// Signing in at an OpenID provider, which the browser goes to and comes back from.
fn provider(start: &str) -> AnyView {
    let back = sign_in::back(&window().location().search().unwrap_or_default());
    let href = format!("{start}?back={}", encode(&back, true));
    view! {
        <div class="door-form">
            <p class="soft">{text::SIGN_IN_PROVIDER_BODY}</p>
            <a class="button solid" href=href autofocus=true data-testid="sign-in-provider">
                {text::SIGN_IN_PROVIDER}
            </a>
        </div>
    }
    .into_any()
}

/// Nobody signs in on this page: why, and what to do.
fn dead_end(title: &'static str, body: String, go_on: impl Fn() + 'static) -> AnyView {
    view! {
        <div class="door-form" data-testid="sign-in-dead-end">
            <h2>{title}</h2>
            <p class="soft">{body}</p>
            <button type="button" class="button" autofocus=true on:click=move |_| go_on()>
                {if title == text::SIGN_IN_NONE { text::OPEN_CONSOLE } else { text::TRY_AGAIN }}
            </button>
        </div>
    }
    .into_any()
}
