//! What is looked for in the tree, what was declared, and a place to try a layout before it is kept.

use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;
use zooscope_protocol::Declaration;
use zooscope_protocol::recipe::KnownRecipe;

use super::trial::{Form, trial};
use crate::api::{self, Recipes};
use crate::duration::Level;
use crate::live::Cluster;
use crate::may::hindrance_of;
use crate::text;
use crate::ui::badge;
use crate::ui::empty::skeleton;
use crate::ui::part::part;
use crate::ui::prose::prose;
use crate::ui::toast::Toasts;

/// What was read of the recipes; `None` before the answer.
type Answer = RwSignal<Option<Result<Recipes, String>>>;

/// The page.
#[component]
pub(crate) fn Recipes() -> impl IntoView {
    let answer: Answer = RwSignal::new(None);
    let load = move || {
        spawn_local(async move {
            let read = api::recipes().await.map_err(|failure| failure.sentence());
            let _ = answer.try_set(Some(read));
        });
    };
    load();
    let form = Form::new();
    let catalogue = move || {
        answer.with(|answer| match answer {
            None => skeleton(10),
            Some(Err(why)) => failed(why.clone(), load).into_any(),
            Some(Ok(recipes)) => known(&recipes.known).into_any(),
        })
    };
    let declared = move || {
        answer.with(|answer| match answer {
            None => skeleton(2),
            Some(Err(why)) => failed(why.clone(), load).into_any(),
            Some(Ok(recipes)) if recipes.declared.is_empty() => {
                view! { <p class="quiet footnote">{text::NONE_DECLARED}</p> }.into_any()
            }
            Some(Ok(recipes)) => {
                let row = |declaration| {
                    declared_row(declaration, recipes.kept.contains(&declaration.name), form, load)
                };
                let rows = recipes.declared.iter().map(row);
                view! { <ul class="lines">{rows.collect_view()}</ul> }.into_any()
            }
        })
    };
    let taken = Memo::new(move |_| {
        answer.with(|answer| match answer {
            Some(Ok(recipes)) => {
                let named = |declaration: &Declaration| {
                    (declaration.name.clone(), recipes.kept.contains(&declaration.name))
                };
                recipes.declared.iter().map(named).collect()
            }
            _ => Vec::new(),
        })
    });
    let title = move || {
        form.changing().map_or_else(|| text::DECLARE_TITLE.to_owned(), |name| text::change_recipe(&name))
    };
    view! {
        <section class="page scrolls" aria-label=text::RECIPES data-testid="recipes-page">
            <header class="page-head"><h1>{text::RECIPES}</h1></header>
            <div class="body">
                <section class="section first">
                    <header class="section-head"><h2>{text::DECLARED_TITLE}</h2></header>
                    {part(declared)}
                </section>
                <section class="section">
                    <header class="section-head"><h2>{part(title)}</h2></header>
                    <p class="soft footnote">{text::DECLARE_BODY}</p>
                    {trial(form, taken, load)}
                </section>
                <section class="section">
                    <header class="section-head"><h2>{text::KNOWN_TITLE}</h2></header>
                    {part(catalogue)}
                </section>
            </div>
        </section>
    }
}

/// Why the recipes are not here, and a way to ask again.
fn failed(why: String, load: impl Fn() + 'static) -> impl IntoView {
    view! {
        <div class="finding warn" role="alert">
            {badge::mark(Level::Warn)}
            <span class="grow">{text::RECIPES_FAILED_TITLE} ". " {why} " "
                <button type="button" class="link" on:click=move |_| load()>{text::TRY_AGAIN}</button>
            </span>
        </div>
    }
}

/// One declaration; one that was kept here can be changed and removed here.
fn declared_row(
    declaration: &Declaration,
    kept: bool,
    form: Form,
    load: impl Fn() + Copy + Send + Sync + 'static,
) -> AnyView {
    let kind = text::DECLARED_KINDS.iter().find(|(kind, ..)| *kind == declaration.kind);
    let kind = kind.map_or("", |(_, _, words)| words.split(':').next().unwrap_or_default());
    let whence = if kept {
        row_buttons(declaration, form, load)
    } else {
        view! { <span class="quiet" title=text::CONFIGURED_HINT>{text::CONFIGURED}</span> }.into_any()
    };
    view! {
        <li class="line declared" data-testid="declared-row" data-name=declaration.name.clone() data-kept=kept.to_string()>
            <span class="strong">{declaration.name.clone()}</span>
            <span class="soft">{kind}</span>
            <span class="mono grow"><span class="cut" title=declaration.path.clone()>{declaration.path.clone()}</span></span>
            <span class="mono soft cut members" title=declaration.members.clone()>{declaration.members.clone()}</span>
            {whence}
        </li>
    }
    .into_any()
}

/// What can be done with a declaration that was kept here.
fn row_buttons(
    declaration: &Declaration,
    form: Form,
    load: impl Fn() + Copy + Send + Sync + 'static,
) -> AnyView {
    let cluster = expect_context::<Cluster>();
    let toasts = expect_context::<Toasts>();
    let forbidden = hindrance_of("declare_recipe");
    let why = Memo::new(move |_| cluster.hindrance.get().or_else(forbidden));
    let (own, name) = (declaration.clone(), declaration.name.clone());
    let removed = declaration.clone();
    let remove = move |_| {
        let (name, removed) = (name.clone(), removed.clone());
        spawn_local(async move {
            match api::remove_recipe(&name).await {
                Ok(()) => {
                    let undo = Callback::new(move |()| keep_again(removed.clone(), toasts, load));
                    toasts.lead(Level::Ok, text::removed(&name), (text::UNDO, undo));
                    if form.is_changing(&name) {
                        form.clear();
                    }
                    load();
                }
                Err(failure) => toasts.say(Level::Warn, failure.sentence()),
            }
        });
    };
    let (change_label, remove_label) =
        (text::change_recipe(&declaration.name), text::remove(&declaration.name));
    view! {
        <span class="row-buttons" title=move || why.get()>
            <button
                type="button"
                class="button small"
                data-testid="recipe-change"
                aria-label=change_label
                prop:disabled=move || why.with(Option::is_some)
                aria-description=move || why.get()
                on:click=move |_| form.change(&own)
            >
                {text::CHANGE}
            </button>
            <button
                type="button"
                class="button small"
                data-testid="recipe-remove"
                aria-label=remove_label
                prop:disabled=move || why.with(Option::is_some)
                aria-description=move || why.get()
                on:click=remove
            >
                {text::REMOVE}
            </button>
        </span>
    }
    .into_any()
}

/// Keeps a declaration that was removed.
fn keep_again(removed: Declaration, toasts: Toasts, load: impl Fn() + 'static) {
    spawn_local(async move {
        match api::keep_recipe(&removed, None).await {
            Ok(()) => load(),
            Err(failure) => toasts.say(Level::Warn, failure.sentence()),
        }
    });
}

/// The catalogue: locks, then queues.
fn known(recipes: &[KnownRecipe]) -> impl IntoView + use<> {
    let row = |recipe: &KnownRecipe| {
        view! {
            <tr>
                <th scope="row">{recipe.recipe.to_string()}</th>
                <td>{text::known_kind(recipe.kind)}</td>
                <td title=text::confidence_hint(recipe.confidence)>{text::confidence(recipe.confidence)}</td>
                <td class="soft">{prose(&recipe.layout)}</td>
            </tr>
        }
    };
    let part_of = |queues: bool| {
        let rows: Vec<_> =
            recipes.iter().filter(|recipe| text::is_queue(recipe.kind) == queues).map(row).collect();
        let title = if queues { text::QUEUES } else { text::LOCKS };
        (!rows.is_empty()).then(|| {
            view! {
                <tbody>
                    <tr class="group"><th colspan="4" scope="rowgroup">{title}</th></tr>
                    {rows}
                </tbody>
            }
        })
    };
    view! {
        <table class="catalogue" data-testid="catalogue">
            <thead>
                <tr>
                    <th scope="col">{text::RECIPE}</th>
                    <th scope="col">{text::KIND}</th>
                    <th scope="col">{text::CERTAINTY}</th>
                    <th scope="col">{text::LAYOUT}</th>
                </tr>
            </thead>
            {part_of(false)} {part_of(true)}
        </table>
    }
}
