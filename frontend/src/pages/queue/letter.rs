//! What was set aside: why, where it came from, when and by whom.

use leptos::prelude::*;
use zooscope_protocol::{Item, Letter};

use crate::address::Address;
use crate::bytes::visible_text;
use crate::route::Page;
use crate::text;
use crate::ui::duration::absolute;
use crate::ui::path::path_links;

/// Why it was set aside, in one line.
pub(super) fn reason(item: &Item) -> String {
    item.letter.as_ref().map(|letter| visible_text(&letter.reason)).unwrap_or_default()
}

/// All that is kept of it.
pub(super) fn letter(letter: &Letter) -> impl IntoView + use<> {
    let address = expect_context::<Address>();
    let entry = address.href(Page::Audit(Some(letter.audit_id.clone())));
    view! {
        <dl class="facts" data-testid="letter">
            <dt>{text::WHY}</dt>
            <dd class="prose">{visible_text(&letter.reason)}</dd>
            <dt>{text::LETTER_FROM}</dt>
            <dd>{path_links(letter.origin.as_str())}</dd>
            <dt>{text::SET_ASIDE_COLUMN}</dt>
            <dd>{absolute(letter.at)}</dd>
            <dt>{text::LETTER_BY}</dt>
            <dd>{visible_text(&letter.by)}</dd>
            <dt>{text::AUDIT_ID}</dt>
            <dd class="mono"><a class="link" href=entry>{letter.audit_id.clone()}</a></dd>
        </dl>
    }
}
