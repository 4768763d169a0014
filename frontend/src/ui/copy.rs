//! Copying with one click.

use std::time::Duration;

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::{JsFuture, spawn_local};

use crate::address::Address;
use crate::route::encode;
use crate::text;
use crate::ui::icon::{Icon, icon};
use crate::ui::part::part;

/// A small button that copies a text and says so.
#[component]
pub(crate) fn CopyButton(
    /// What is copied.
    #[prop(into)]
    value: Signal<String>,
    /// What it is, for its name: `Copy the path`.
    what: &'static str,
) -> impl IntoView {
    let copied = RwSignal::new(false);
    let press = move |event: web_sys::MouseEvent| {
        event.stop_propagation();
        event.prevent_default();
        let value = value.get_untracked();
        spawn_local(async move {
            if write(&value).await {
                copied.set(true);
                let forget = move || {
                    let _ = copied.try_set(false);
                };
                set_timeout(forget, Duration::from_millis(1_200));
            }
        });
    };
    view! {
        <button type="button" class="copy" title=text::copy(what) aria-label=text::copy(what) on:click=press>
            {part(move || if copied.get() { icon(Icon::Check) } else { icon(Icon::Copy) })}
            <span class="hidden-label" role="status">
                {part(move || copied.get().then_some(text::COPIED))}
            </span>
        </button>
    }
}

/// What is worth copying about a znode: its address here, and how to ask for it elsewhere.
pub(crate) fn copies(path: &str) -> impl IntoView + use<> {
    let here = window().location().href().unwrap_or_default();
    let origin = window().location().origin().unwrap_or_default();
    let cluster = expect_context::<Address>().here().map(|here| here.cluster).unwrap_or_default();
    let node =
        format!("{origin}/api/v1/clusters/{}/node?path={}", encode(&cluster, false), encode(path, true));
    let button = |name: &'static str, what: &'static str, value: String| {
        view! { <span class="copy-of">{name} <CopyButton value what/></span> }
    };
    view! {
        <p class="copies soft">
            {button(text::COPY_LINK, text::THE_LINK, here)}
            {button("zkCli", text::THE_COMMAND, format!("get -s {}", quoted(path)))}
            {button("curl", text::THE_COMMAND, format!("curl -s {}", quoted(&node)))}
        </p>
    }
}

/// A word for a shell, in quotes where it needs them.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/-_.:=".contains(c);
    if word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

/// Puts a text on the clipboard. On plain HTTP, where the clipboard's own interface is missing, a field that cannot be
/// seen is selected and copied.
pub(crate) async fn write(value: &str) -> bool {
    let has_clipboard = js_sys::Reflect::has(&window().navigator(), &"clipboard".into()).unwrap_or(false);
    if has_clipboard && window().is_secure_context() {
        return JsFuture::from(window().navigator().clipboard().write_text(value)).await.is_ok();
    }
    let Some(field) = document().create_element("textarea").ok() else { return false };
    let field: web_sys::HtmlTextAreaElement = field.unchecked_into();
    field.set_value(value);
    field.set_class_name("hidden-label");
    // A dialog makes all outside of it inert, so the field goes inside the one that is open.
    let home = document().query_selector("dialog[open]").ok().flatten();
    let Some(home) = home.or_else(|| document().body().map(Into::into)) else { return false };
    if home.append_child(&field).is_err() {
        return false;
    }
    let focused = document().active_element();
    field.select();
    let done = js_sys::Reflect::get(&document(), &"execCommand".into())
        .ok()
        .and_then(|command| command.dyn_into::<js_sys::Function>().ok())
        .and_then(|command| command.call1(&document(), &"copy".into()).ok())
        .is_some_and(|done| done.is_truthy());
    field.remove();
    if let Some(element) = focused.and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = element.focus();
    }
    done
}
