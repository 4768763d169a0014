//! Bytes as text, JSON, hex or base64.

use leptos::prelude::*;

use crate::bytes::Format;
use crate::text;
use crate::ui::copy::CopyButton;
use crate::ui::field::segments;
use crate::ui::part::part;

/// The bytes in the format that the operator chose, or in the one that says most about them.
pub(super) fn data(bytes: impl Fn() -> Vec<u8> + Send + Sync + 'static) -> impl IntoView {
    let bytes = Memo::new(move |_| bytes());
    let chosen = RwSignal::new(None::<Format>);
    let format = Memo::new(move |_| {
        bytes.with(|bytes| {
            let wanted = chosen.get().filter(|format| format.render(bytes).is_some());
            wanted.unwrap_or_else(|| Format::guess(bytes))
        })
    });
    let rendered = Memo::new(move |_| bytes.with(|bytes| format.get().render(bytes).unwrap_or_default()));
    let possible = Memo::new(move |_| {
        bytes.with(|bytes| {
            Format::ALL.into_iter().filter(|format| format.render(bytes).is_some()).collect::<Vec<_>>()
        })
    });
    let choices = move || {
        let options = possible.get().into_iter().map(|format| (format, format.name())).collect();
        segments(text::FORMAT, options, move || format.get(), move |format| chosen.set(Some(format)))
    };
    move || {
        if bytes.with(Vec::is_empty) {
            return view! { <p class="quiet">{text::EMPTY_DATA}</p> }.into_any();
        }
        view! {
            <div class="data-tools">{part(choices)} <CopyButton value=rendered what=text::THE_DATA/></div>
            <pre class="data" tabindex="0" aria-label=text::DATA>{part(move || rendered.get())}</pre>
        }
        .into_any()
    }
}
