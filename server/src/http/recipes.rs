//! Declared recipes: told, tried, kept and forgotten.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use zooscope_model::{Declared, DeclaredError, known_recipes, project};
use zooscope_protocol::api::RecipesBody;
use zooscope_protocol::recipe::Trial;
use zooscope_protocol::{Declaration, RefusalCode};

use super::Problem;
use super::extract::{Body, Cluster};
use crate::app::App;
use crate::auth::{Deed, Evidence, Principal, everywhere};
use crate::config::recipe::to_toml;
use crate::recipes::Refused;
use crate::telemetry::chain;

/// What is recognised: the recipes that the console knows, and those that are declared.
pub(super) async fn list(State(app): State<App>) -> Json<RecipesBody> {
    Json(told(&app))
}

fn told(app: &App) -> RecipesBody {
    RecipesBody { known: known_recipes(), declared: app.recipes.in_force(), kept: app.recipes.kept() }
}

/// What a declaration would recognise now. Nothing is changed.
pub(super) async fn try_out(
    State(app): State<App>,
    Cluster(watched): Cluster,
    who: Principal,
    Body(declaration): Body<Declaration>,
) -> Result<Json<Trial>, Problem> {
    app.authority.allowed(&who, &BTreeSet::from([Deed::TryRecipe]), &everywhere(), &watched.cluster.name)?;
    let declared = Declared::new(declaration.clone()).map_err(wrong)?;
    let toml = to_toml(vec![declaration]).map_err(|error| failed(&error))?;
    let revision = watched.mirror.current();
    // A look at a large tree takes its time, and other requests shall not wait for it.
    let trial = tokio::task::spawn_blocking(move || project::trial(&revision, declared, toml));
    trial.await.map_err(|error| failed(&error))?.map(Json).map_err(wrong)
}

/// Keeps a declaration: from now on, in all clusters, and after a restart.
pub(super) async fn keep(
    State(app): State<App>,
    who: Principal,
    Body(declaration): Body<Declaration>,
) -> Result<Json<RecipesBody>, Problem> {
    let toml = to_toml(vec![declaration.clone()]).map_err(|error| failed(&error))?;
    let said = format!("keep the recipe `{}`:\n{toml}", declaration.name);
    // What is wrong with it is said before anything is written down.
    Declared::new(declaration.clone()).map_err(wrong)?;
    change(app, &who, said, |app| app.recipes.keep(declaration)).await
}

/// The name in the address.
#[derive(Debug, Deserialize)]
pub(super) struct Named {
    name: String,
}

/// Puts a declaration in the place of one that was kept at run time, under its name or another.
pub(super) async fn replace(
    State(app): State<App>,
    who: Principal,
    Path(Named { name }): Path<Named>,
    Body(declaration): Body<Declaration>,
) -> Result<Json<RecipesBody>, Problem> {
    let toml = to_toml(vec![declaration.clone()]).map_err(|error| failed(&error))?;
    let said = format!("change the recipe `{name}`:\n{toml}");
    Declared::new(declaration.clone()).map_err(wrong)?;
    change(app, &who, said, move |app| app.recipes.replace(&name, declaration)).await
}

/// Forgets a declaration that was kept at run time.
pub(super) async fn forget(
    State(app): State<App>,
    who: Principal,
    Path(Named { name }): Path<Named>,
) -> Result<Json<RecipesBody>, Problem> {
    let said = format!("forget the recipe `{name}`");
    change(app, &who, said, move |app| app.recipes.forget(&name)).await
}

/// Changes the recipes, with a line in the audit log before and one after.
async fn change(
    app: App,
    who: &Principal,
    said: String,
    deed: impl FnOnce(&App) -> Result<(), Refused> + Send + 'static,
) -> Result<Json<RecipesBody>, Problem> {
    let deeds = BTreeSet::from([Deed::DeclareRecipe]);
    let _permit = match app.authority.authorize(who, &deeds, &everywhere(), "*", &Evidence::default()) {
        Ok(permit) => permit,
        Err(refusal) => return Err(app.actions.denied(who, "recipe", None, None, refusal).await.into()),
    };
    let note = app.actions.note_intent(who, "recipe", said).await?;
    let own = app.clone();
    let done = tokio::task::spawn_blocking(move || deed(&own)).await.map_err(|error| failed(&error))?;
    let refused = done.as_ref().err().map(ToString::to_string);
    app.actions.note_outcome(note, refused).await;
    done.map_err(|refused| match refused {
        Refused::Wrong(DeclaredError::NameTaken) => {
            let detail =
                "there is a recipe of this name already; change that one, or give this one another name";
            Problem::new(RefusalCode::RecipeExists, detail)
        }
        Refused::Wrong(error) => wrong(error),
        Refused::Unknown => Problem::new(
            RefusalCode::NoRecipe,
            "there is no recipe of this name; GET /api/v1/recipes lists them",
        ),
        Refused::Configured => Problem::new(RefusalCode::NotAllowed, refused.to_string()),
        Refused::File(error) => failed(&error),
    })?;
    Ok(Json(told(&app)))
}

#[expect(clippy::needless_pass_by_value, reason = "it is given to map_err")]
fn wrong(error: DeclaredError) -> Problem {
    Problem::new(RefusalCode::BadRecipe, format!("`{}`: {error}", error.key()))
}

fn failed(error: &(dyn std::error::Error + 'static)) -> Problem {
    tracing::error!(error = %chain(error), "a request about recipes failed");
    Problem::internal()
}
