//! Who is signed in, and what they can do about it.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use zooscope_protocol::AuthMode;
use zooscope_protocol::api::SessionBody;

use super::frozen::{Switch, hindrance};
use crate::address::Address;
use crate::duration::{Level, short};
use crate::later::{self, Piece};
use crate::route::Page;
use crate::text;
use crate::ui::dialog::{head, modal};
use crate::ui::icon::{Icon, icon};
use crate::ui::part::part;
use crate::ui::prove::prove;
use crate::ui::toast::Toasts;
use crate::who::{Who, sign_out};

/// The button with the person's name, and what opens under it.
#[component]
pub(super) fn Person(switch: Switch) -> impl IntoView {
    let who = expect_context::<Who>();
    let open = RwSignal::new(false);
    let proving = RwSignal::new(false);
    let listing = RwSignal::new(false);
    let button = NodeRef::<leptos::html::Button>::new();
    let home = NodeRef::<leptos::html::Div>::new();
    let close = move || {
        open.set(false);
        if let Some(button) = button.get_untracked() {
            let _ = button.focus();
        }
    };
    let pressed = move |event: web_sys::KeyboardEvent| {
        if event.key() == "Escape" && open.get_untracked() {
            event.prevent_default();
            event.stop_propagation();
            close();
        }
    };
    // It closes when the focus goes elsewhere, and stays where it goes nowhere: to the page that a press has hit.
    let left = move |event: web_sys::FocusEvent| {
        let to = event.related_target().and_then(|target| target.dyn_into::<web_sys::Node>().ok());
        let inside = home.get_untracked().is_some_and(|home| home.contains(to.as_ref()));
        if to.is_some() && !inside {
            open.set(false);
        }
    };
    let elsewhere = window_event_listener(leptos::ev::pointerdown, move |event| {
        let at = event.target().and_then(|target| target.dyn_into::<web_sys::Node>().ok());
        let inside = home.get_untracked().is_some_and(|home| home.contains(at.as_ref()));
        if open.get_untracked() && !inside {
            open.set(false);
        }
    });
    on_cleanup(move || elsewhere.remove());
    let face = move || {
        who.session().map(|session| {
            let title = text::person(&session.name, session.role);
            view! {
                {icon(Icon::Person)}
                <span class="person-name cut" title=title>{session.name.clone()}</span>
                <span class="person-role soft">{session.role.name()}</span>
            }
        })
    };
    let label = move || who.with(|session| text::person(&session.name, session.role));
    let menu = move || {
        open.get()
            .then(|| who.session().map(|session| menu(&session, (open, proving, listing, switch))))
            .flatten()
    };
    view! {
        <div class="person" node_ref=home on:keydown=pressed on:focusout=left>
            <button
                type="button"
                class="person-button"
                node_ref=button
                aria-label=label
                aria-expanded=move || open.get().to_string()
                aria-controls="person-menu"
                data-testid="person"
                on:click=move |_| open.update(|open| *open = !*open)
            >
                {part(face)}
            </button>
            {part(menu)}
        </div>
        {part(move || proving.get().then(|| later::dialog(Piece::Prove(proving), move || proving.set(false))))}
        {part(move || listing.get().then(|| later::dialog(Piece::SignIns(listing), move || listing.set(false))))}
    }
}

/// What is under the button.
fn menu(
    session: &SessionBody,
    (open, proving, listing, switch): (RwSignal<bool>, RwSignal<bool>, RwSignal<bool>, Switch),
) -> AnyView {
    let who = expect_context::<Who>();
    let address = expect_context::<Address>();
    let toasts = expect_context::<Toasts>();
    let can_prove = matches!(session.mode, AuthMode::Static | AuthMode::Oidc);
    let frozen = session.frozen.is_some();
    let hindrance = hindrance(!frozen);
    let leave = move |_| {
        spawn_local(async move {
            if let Err(failure) = sign_out().await {
                toasts.say(Level::Warn, failure.sentence());
            }
        });
    };
    let proved = move || {
        who.proved().map(|ago| {
            view! { <dt>{text::PROVED}</dt><dd class="num">{text::proof_age(&short(ago))}</dd> }
        })
    };
    view! {
        <div class="person-menu" id="person-menu" role="group" aria-label=text::PERSON data-testid="person-menu">
            <div class="person-head">
                <p class="strong">{session.name.clone()}</p>
                <p class="soft">
                    <span class="strong">{session.role.name()}</span> ": " {text::role_words(session.role)}
                    {session.approver.then(|| view! { "; " {text::APPROVER} })}
                </p>
                <p class="quiet">{text::signed_in_by(session.mode)}</p>
                <dl class="facts">{part(proved)}</dl>
            </div>
            <a class="person-item" href=move || address.href(Page::Approvals) on:click=move |_| open.set(false)>
                {icon(Icon::Approve)} {text::APPROVALS}
            </a>
            <a class="person-item" href=move || address.href(Page::Audit(None)) on:click=move |_| open.set(false)>
                {icon(Icon::Audit)} {text::AUDIT}
            </a>
            <span title=hindrance>
                <button
                    type="button"
                    class="person-item"
                    data-testid="freeze-button"
                    prop:disabled=move || hindrance().is_some()
                    aria-description=hindrance
                    on:click=move |_| {
                        open.set(false);
                        switch.set(Some(!frozen));
                    }
                >
                    {icon(Icon::Stop)} {if frozen { text::THAW } else { text::FREEZE }}
                </button>
            </span>
            {can_prove.then(|| view! {
                <button
                    type="button"
                    class="person-item"
                    data-testid="prove-button"
                    on:click=move |_| {
                        open.set(false);
                        proving.set(true);
                    }
                >
                    {icon(Icon::Shield)} {text::PROVE}
                </button>
                <button
                    type="button"
                    class="person-item"
                    data-testid="sign-ins-button"
                    on:click=move |_| {
                        open.set(false);
                        listing.set(true);
                    }
                >
                    {icon(Icon::Sessions)} {text::SIGN_INS_ITEM}
                </button>
                <button type="button" class="person-item" data-testid="sign-out" on:click=leave>
                    {icon(Icon::Leave)} {text::SIGN_OUT}
                </button>
            })}
        </div>
    }
    .into_any()
}

/// Proving who one is before it is asked for.
pub(crate) fn prove_dialog(proving: RwSignal<bool>) -> AnyView {
    let close = move || proving.set(false);
    let content = view! {
        <div class="card sheet-form plain">
            {head(view! { <h2>{text::PROVE_TITLE}</h2> }, close)}
            <p class="soft">{text::PROVE_BODY}</p>
            {prove(close)}
        </div>
    };
    modal("ask", text::PROVE_TITLE, "prove-dialog", close, content.into_any()).into_any()
}
