//! What the cluster is to those who operate it: a label that nobody overlooks.

use leptos::prelude::*;
use zooscope_protocol::Environment;

use crate::live::Cluster;
use crate::text;
use crate::ui::icon::{Icon, icon};
use crate::ui::part::part;

/// The label of an environment; nothing where it was given none and is not production.
pub(crate) fn environment(environment: &Environment) -> Option<AnyView> {
    let label = text::environment(environment)?;
    let class = format!("environment env-{}", text::colour(environment.colour));
    let production = environment.production;
    let label = view! {
        <span
            class=class
            class:production=production
            title=text::environment_hint(environment)
            data-testid="environment"
            data-colour=text::colour(environment.colour)
        >
            {production.then(|| icon(Icon::Shield))} <span class="cut">{label}</span>
        </span>
    };
    Some(label.into_any())
}

/// The label of the present cluster.
#[component]
pub(super) fn EnvironmentLabel() -> impl IntoView {
    let cluster = expect_context::<Cluster>();
    let known =
        Memo::new(move |_| cluster.info.with(|info| info.as_ref().map(|info| info.environment.clone())));
    part(move || known.with(|known| known.as_ref().and_then(environment)))
}

/// The class of the frame: a line along the top in the colour of the environment. Tracks.
pub(super) fn frame(cluster: Cluster) -> String {
    cluster.info.with(|info| {
        let Some(environment) = info.as_ref().map(|info| &info.environment) else { return "app".to_owned() };
        match text::environment(environment) {
            None => "app".to_owned(),
            Some(_) => {
                let production = if environment.production { " in-production" } else { "" };
                format!("app in-environment env-{}{production}", text::colour(environment.colour))
            }
        }
    })
}
