//! A layout that is tried before it is kept: the form, what it would recognise, and its TOML.

use std::time::Duration;

use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;
use zooscope_protocol::Declaration;
use zooscope_protocol::recipe::{DeclaredKind, IdentityDecoder, Trial, TrialMatch};

use super::{short_recipe, who};
use crate::address::Address;
use crate::api;
use crate::duration::{Level, UNKNOWN, grouped};
use crate::live::Cluster;
use crate::may::hindrance_of;
use crate::route::Page;
use crate::text;
use crate::ui::badge;
use crate::ui::copy::CopyButton;
use crate::ui::part::part;
use crate::ui::path::path_text;
use crate::ui::toast::Toasts;

/// How long after the last key it is tried.
const PAUSE: Duration = Duration::from_millis(300);

/// The fields of the form, as they are typed.
#[derive(Clone, Copy)]
pub(super) struct Form {
    name: RwSignal<String>,
    path: RwSignal<String>,
    kind: RwSignal<&'static str>,
    members: RwSignal<String>,
    readers: RwSignal<String>,
    capacity: RwSignal<String>,
    identity: RwSignal<&'static str>,
    pointer: RwSignal<String>,
    persistent: RwSignal<bool>,
    unique: RwSignal<bool>,
    /// The kept recipe whose place it takes.
    changing: RwSignal<Option<String>>,
    first: NodeRef<leptos::html::Input>,
}

impl Form {
    /// A form that nobody has typed into.
    pub(super) fn new() -> Self {
        Self {
            name: RwSignal::default(),
            path: RwSignal::default(),
            kind: RwSignal::new("mutex"),
            members: RwSignal::default(),
            readers: RwSignal::default(),
            capacity: RwSignal::default(),
            identity: RwSignal::new("utf8"),
            pointer: RwSignal::default(),
            persistent: RwSignal::new(false),
            unique: RwSignal::new(false),
            changing: RwSignal::new(None),
            first: NodeRef::new(),
        }
    }

    /// The name of the kept recipe that is being changed. Tracks.
    pub(super) fn changing(self) -> Option<String> {
        self.changing.get()
    }

    /// Whether this recipe is being changed.
    pub(super) fn is_changing(self, name: &str) -> bool {
        self.changing.with_untracked(|changing| changing.as_deref() == Some(name))
    }

    /// Begins to change a kept recipe.
    pub(super) fn change(self, declaration: &Declaration) {
        self.fill(declaration);
        self.changing.set(Some(declaration.name.clone()));
        if let Some(first) = self.first.get_untracked() {
            let _ = first.focus();
        }
    }

    /// Empties the form: the next one is a new one.
    pub(super) fn clear(self) {
        for field in [self.name, self.path, self.members, self.readers, self.capacity, self.pointer] {
            field.set(String::new());
        }
        self.kind.set("mutex");
        self.identity.set("utf8");
        self.persistent.set(false);
        self.unique.set(false);
        self.changing.set(None);
    }

    /// Fills the form with a declaration.
    fn fill(self, declaration: &Declaration) {
        let kind = text::DECLARED_KINDS.iter().find(|(kind, ..)| *kind == declaration.kind);
        self.name.set(declaration.name.clone());
        self.path.set(declaration.path.clone());
        self.kind.set(kind.map_or("mutex", |(_, name, _)| *name));
        self.members.set(declaration.members.clone());
        self.readers.set(declaration.readers.clone().unwrap_or_default());
        self.capacity.set(declaration.capacity.map(|most| most.to_string()).unwrap_or_default());
        self.identity.set(text::identity_name(&declaration.identity));
        self.pointer.set(match &declaration.identity {
            IdentityDecoder::Json(pointer) => pointer.clone(),
            _ => String::new(),
        });
        self.persistent.set(declaration.persistent);
        self.unique.set(declaration.unique_names);
    }

    fn kind_now(self) -> DeclaredKind {
        let name = self.kind.get();
        text::DECLARED_KINDS
            .iter()
            .find(|(_, known, _)| *known == name)
            .map_or(DeclaredKind::Mutex, |(kind, ..)| *kind)
    }

    /// What is declared; `None` while what no declaration goes without is missing. Tracks.
    fn read(self) -> Option<Declaration> {
        let kind = self.kind_now();
        let typed =
            |field: RwSignal<String>| Some(field.get().trim().to_owned()).filter(|text| !text.is_empty());
        let is_queue = matches!(kind, DeclaredKind::Queue | DeclaredKind::PriorityQueue);
        Some(Declaration {
            name: typed(self.name)?,
            path: typed(self.path)?,
            kind,
            members: typed(self.members)?,
            readers: typed(self.readers).filter(|_| kind == DeclaredKind::ReadWrite),
            persistent: self.persistent.get() && !is_queue,
            // What is no number is left to the server to refuse, with the sentence that it has for it.
            capacity: typed(self.capacity)
                .filter(|_| kind == DeclaredKind::Semaphore)
                .map(|digits| digits.parse().unwrap_or(0)),
            identity: match self.identity.get() {
                "json" => IdentityDecoder::Json(self.pointer.get().trim().to_owned()),
                "hex" => IdentityDecoder::Hex,
                "none" => IdentityDecoder::None,
                _ => IdentityDecoder::Utf8,
            },
            unique_names: self.unique.get(),
        })
    }
}

/// What came of the last trial.
#[derive(Clone, Debug, PartialEq)]
enum State {
    /// Nothing to try yet.
    Blank,
    /// It is being tried; what was found before stays in sight.
    Asking(Option<Box<Trial>>),
    /// It was understood.
    Found(Box<Trial>),
    /// It was not; why.
    Refused(String),
}

/// The form and beside it what it finds. `taken` are the names that there are, each with whether it was kept here; `kept` is
/// called when a declaration was kept.
pub(super) fn trial(
    form: Form,
    taken: Memo<Vec<(String, bool)>>,
    kept: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let address = expect_context::<Address>();
    let declaration = Memo::new(move |_| form.read());
    let state = RwSignal::new(State::Blank);
    let turn = StoredValue::new(0_u32);
    Effect::new(move || {
        let (declaration, cluster) = (declaration.get(), address.cluster());
        let this = turn.try_update_value(|turn| {
            *turn = turn.wrapping_add(1);
            *turn
        });
        let Some(declaration) = declaration else {
            state.set(State::Blank);
            return;
        };
        state.update(|state| {
            let before = match std::mem::replace(state, State::Blank) {
                State::Found(trial) => Some(trial),
                State::Asking(before) => before,
                State::Blank | State::Refused(_) => None,
            };
            *state = State::Asking(before);
        });
        // Only the last of what was typed is asked for, and only its answer is shown.
        let is_last = move || turn.try_get_value() == this;
        let ask = move || {
            if !is_last() {
                return;
            }
            spawn_local(async move {
                let answer = api::try_recipe(&cluster, &declaration).await;
                if is_last() {
                    let _ = state.try_set(match answer {
                        Ok(trial) => State::Found(Box::new(trial)),
                        Err(failure) => State::Refused(failure.sentence()),
                    });
                }
            });
        };
        set_timeout(ask, PAUSE);
    });
    view! {
        <div class="trial">
            {fields(form)}
            <div class="trial-answer" aria-live="polite" data-testid="trial">
                {part(move || answer(&state.get()))}
                {keep(form, declaration, state, taken, kept)}
            </div>
        </div>
    }
}

/// The fields.
fn fields(form: Form) -> impl IntoView {
    let input = move |label: &'static str,
                      hint: &'static str,
                      help: Option<Signal<&'static str>>,
                      field: RwSignal<String>,
                      testid: &'static str| {
        let first = if testid == "recipe-name" { form.first } else { NodeRef::new() };
        view! {
            <label class="form-field">
                <span>{label}</span>
                <input
                    node_ref=first
                    class="mono"
                    type="text"
                    placeholder=hint
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                    data-testid=testid
                    prop:value=move || field.get()
                    on:input=move |event| field.set(event_target_value(&event))
                />
                {help.map(|help| view! { <span class="help">{help}</span> })}
            </label>
        }
    };
    let tick = |label: &'static str, help: Option<&'static str>, field: RwSignal<bool>| {
        view! {
            <label class="form-tick">
                <input type="checkbox" prop:checked=move || field.get() on:change=move |event| field.set(event_target_checked(&event))/>
                <span>{label} {help.map(|help| view! { <span class="help">{help}</span> })}</span>
            </label>
        }
    };
    let kinds = text::DECLARED_KINDS.map(|(_, name, words)| (name, words)).to_vec();
    let kind = Memo::new(move |_| form.kind_now());
    let own = move || match kind.get() {
        DeclaredKind::ReadWrite => input(
            text::READERS,
            text::READERS_HINT,
            Some(text::READERS_HELP.into()),
            form.readers,
            "recipe-readers",
        )
        .into_any(),
        DeclaredKind::Semaphore => {
            input(text::CAPACITY, "3", None, form.capacity, "recipe-capacity").into_any()
        }
        _ => ().into_any(),
    };
    let is_queue =
        Memo::new(move |_| matches!(kind.get(), DeclaredKind::Queue | DeclaredKind::PriorityQueue));
    let help = Signal::derive(move || match kind.get() {
        DeclaredKind::PriorityQueue => text::MEMBERS_PRIORITY_HELP,
        _ => text::MEMBERS_HELP,
    });
    let pointer = move || {
        (form.identity.get() == "json")
            .then(|| input(text::POINTER, text::POINTER_HINT, None, form.pointer, "recipe-pointer"))
    };
    view! {
        <form class="trial-form" on:submit=|event| event.prevent_default()>
            {input(text::NAME, text::NAME_HINT, None, form.name, "recipe-name")}
            {choice(text::KIND_FIELD, kinds, form.kind, "recipe-kind")}
            {input(text::DIRECTORIES, text::DIRECTORIES_HINT, Some(text::DIRECTORIES_HELP.into()), form.path, "recipe-path")}
            {input(text::MEMBERS, text::MEMBERS_HINT, Some(help), form.members, "recipe-members")}
            {part(own)}
            {part(move || (!is_queue.get()).then(|| choice(text::IDENTITY_FIELD, text::IDENTITIES.to_vec(), form.identity, "recipe-identity")))}
            {part(pointer)}
            {part(move || (!is_queue.get()).then(|| tick(text::PERSISTENT_FIELD, None, form.persistent)))}
            {tick(text::UNIQUE_FIELD, Some(text::UNIQUE_HELP), form.unique)}
        </form>
    }
}

/// A choice of one of several.
fn choice(
    label: &'static str,
    options: Vec<(&'static str, &'static str)>,
    field: RwSignal<&'static str>,
    testid: &'static str,
) -> impl IntoView {
    let names: Vec<&'static str> = options.iter().map(|(name, _)| *name).collect();
    let chosen = move |event: web_sys::Event| {
        let value = event_target_value(&event);
        if let Some(name) = names.iter().find(|name| **name == value) {
            field.set(name);
        }
    };
    let option = |(name, words): (&'static str, &'static str)| {
        view! { <option value=name prop:selected=move || field.get() == name>{words}</option> }
    };
    view! {
        <label class="form-field">
            <span>{label}</span>
            <select data-testid=testid on:change=chosen>{options.into_iter().map(option).collect_view()}</select>
        </label>
    }
}

/// What the trial found.
fn answer(state: &State) -> AnyView {
    match state {
        State::Blank => view! { <p class="quiet">{text::TRY_FIRST}</p> }.into_any(),
        State::Asking(None) => view! { <p class="quiet">{text::TRYING}</p> }.into_any(),
        State::Asking(Some(trial)) => view! { <div class="old">{found(trial)}</div> }.into_any(),
        State::Found(trial) => found(trial).into_any(),
        State::Refused(why) => view! {
            <p class="finding warn" role="alert" data-testid="trial-refused">{badge::mark(Level::Warn)} <span class="grow">{why.clone()}</span></p>
        }
        .into_any(),
    }
}

fn found(trial: &Trial) -> impl IntoView + use<> {
    let words = text::paths_match(trial.paths, trial.recognised);
    let rows: Vec<_> = trial.matches.iter().map(match_row).collect();
    let shown = rows.len();
    let rest = (trial.paths as usize).saturating_sub(shown);
    let toml = trial.toml.clone();
    view! {
        <p class="trial-count" data-testid="trial-count">{words}</p>
        {(trial.protected > 0).then(|| view! {
            <p class="finding warn" data-testid="trial-protected">
                {badge::mark(Level::Warn)} <span class="grow">{text::protected(trial.protected)}</span>
            </p>
        })}
        {(shown > 0).then(|| view! { <ul class="lines matches">{rows}</ul> })}
        {(shown > 0 && rest > 0).then(|| view! { <p class="quiet footnote">{text::folded(rest)}</p> })}
        <div class="toml-head"><span class="soft">{text::AS_TOML}</span> <CopyButton value=toml.clone() what=text::THE_TOML/></div>
        <pre class="data" tabindex="0" aria-label=text::AS_TOML data-testid="trial-toml">{toml}</pre>
    }
}

fn match_row(found: &TrialMatch) -> impl IntoView + use<> {
    let address = expect_context::<Address>();
    let to = found.path.to_string();
    let holders: Vec<String> = found.holders.iter().map(who).collect();
    let holders = if holders.is_empty() { UNKNOWN.to_owned() } else { holders.join(", ") };
    let today = found.today.as_ref().map_or_else(|| text::NOTHING_TODAY.to_owned(), short_recipe);
    view! {
        <li class="match">
            <a class="link mono" href=move || address.href(Page::Tree(Some(to.clone())))>{path_text(found.path.as_str())}</a>
            <p class="dots soft">
                <span>{text::trial_members(found.members, found.others)}</span>
                <span><span class="quiet">{text::WOULD_HOLD} " "</span> {holders}</span>
                <span class="num">"⟵ " {grouped(u64::from(found.waiting))}</span>
                <span><span class="quiet">{text::TODAY} " "</span> {today}</span>
            </p>
            {found.hands_off.clone().map(badge::hands_off)}
        </li>
    }
}

/// The button that keeps what was tried.
fn keep(
    form: Form,
    declaration: Memo<Option<Declaration>>,
    state: RwSignal<State>,
    taken: Memo<Vec<(String, bool)>>,
    kept: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let cluster = expect_context::<Cluster>();
    let toasts = expect_context::<Toasts>();
    let busy = RwSignal::new(false);
    let forbidden = hindrance_of("declare_recipe");
    let why = Memo::new(move |_| {
        let tried = state.with(|state| matches!(state, State::Found(_)));
        let name = form.name.get().trim().to_owned();
        let own = form.changing().is_some_and(|changing| changing == name);
        let other = || taken.with(|taken| taken.iter().find(|(known, _)| *known == name).cloned());
        let taken = if own { None } else { other().map(|(name, kept)| text::name_taken(&name, kept)) };
        let hindrance = cluster.hindrance.get().or_else(forbidden).or(taken);
        hindrance.or_else(|| (!tried).then(|| text::TRY_BEFORE_KEEP.to_owned()))
    });
    let press = move |_| {
        let Some(declaration) = declaration.get_untracked() else { return };
        let instead_of = form.changing.get_untracked();
        busy.set(true);
        spawn_local(async move {
            match api::keep_recipe(&declaration, instead_of.as_deref()).await {
                Ok(()) => {
                    let said = if instead_of.is_some() { text::changed_recipe } else { text::kept };
                    toasts.say(Level::Ok, said(&declaration.name));
                    form.clear();
                    kept();
                }
                Err(failure) => toasts.say(Level::Warn, failure.sentence()),
            }
            let _ = busy.try_set(false);
        });
    };
    view! {
        <p class="keep">
            <span title=move || why.get()>
                <button
                    type="button"
                    class="button"
                    data-testid="recipe-keep"
                    prop:disabled=move || why.get().is_some() || busy.get()
                    aria-description=move || why.get()
                    on:click=press
                >
                    {part(move || match form.changing() {
                        _ if busy.get() => text::KEEPING,
                        Some(_) => text::KEEP_CHANGE,
                        None => text::KEEP,
                    })}
                </button>
            </span>
            {part(move || form.changing().map(|_| view! {
                <button type="button" class="link" on:click=move |_| form.clear()>{text::STOP_CHANGING}</button>
            }))}
            <span class="quiet">{part(move || why.get())}</span>
        </p>
    }
}
