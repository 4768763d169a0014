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

/// The class of the frame: a line along the top in the colour of the environment, and whether what is shown may be old. Tracks.
pub(super) fn frame(cluster: Cluster) -> String {
    let mut class = "app".to_owned();
    if cluster.is_stale() {
        class.push_str(" stale");
    }
    cluster.info.with(|info| {
        let environment = info.as_ref().map(|info| &info.environment);
        if let Some(environment) = environment.filter(|one| text::environment(one).is_some()) {
            class.push_str(&format!(" in-environment env-{}", text::colour(environment.colour)));
            if environment.production {
                class.push_str(" in-production");
            }
        }
    });
    class
}
