//! Declared recipes: layouts of an organisation's own, as `[[recipe]]` tables.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use zooscope_model::{Declarations, Declared};
use zooscope_protocol::Declaration;

use super::Error;

/// A text of nothing but recipes: the file of those that are kept at run time.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tables {
    #[serde(default)]
    recipe: Vec<Declaration>,
}

/// Checks the recipes of a configuration.
pub(super) fn recipes(tables: Vec<Declaration>) -> Result<Arc<Declarations>, Error> {
    let all = tables.into_iter().try_fold(Declarations::default(), |declarations, table| {
        let name = table.name.clone();
        let wrong = |error: zooscope_model::DeclaredError| match error.key() {
            "name" => Error::value("recipe.name", format!("`{name}`: {error}")),
            key => Error::value(format!("recipe.{name}.{key}"), error.to_string()),
        };
        Declared::new(table).and_then(|declared| declarations.with(declared)).map_err(wrong)
    })?;
    Ok(Arc::new(all))
}

/// Recipes as they are written in a configuration.
pub(crate) fn to_toml(recipes: Vec<Declaration>) -> Result<String, toml::ser::Error> {
    toml::to_string(&Tables { recipe: recipes })
}

/// Reads a text of nothing but recipes.
pub(crate) fn from_toml(text: &str) -> Result<Vec<Declaration>, toml::de::Error> {
    toml::from_str::<Tables>(text).map(|tables| tables.recipe)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(toml: &str) -> Result<Arc<Declarations>, String> {
        recipes(from_toml(toml).map_err(|error| error.to_string())?).map_err(|error| error.to_string())
    }

    #[test]
    fn a_mistake_names_the_recipe_and_its_key() {
        let right =
            "[[recipe]]\nname = 'orders'\npath = '/app/*'\nkind = 'mutex'\nmembers = 'n-(?<sequence>\\d+)'\n";
        assert_eq!(checked(right).unwrap().iter().count(), 1);
        for (change, says) in [
            ("readers = 'r'", "recipe.orders.readers"),
            ("capacity = 2", "recipe.orders.capacity"),
            ("identity = { json = 'owner' }", "recipe.orders.identity"),
            ("capasity = 2", "capasity"),
            ("identity = 'base64'", "base64"),
            (
                "[[recipe]]\nname = 'orders'\npath = '/b'\nkind = 'mutex'\nmembers = 'n'",
                "recipe.name: `orders`",
            ),
            ("[[recipe]]\nname = 'a b'\npath = '/b'\nkind = 'mutex'\nmembers = 'n'", "recipe.name: `a b`"),
            ("[[recipe]]\nname = 'b'\npath = 'b'\nkind = 'mutex'\nmembers = 'n'", "recipe.b.path"),
            ("[[recipe]]\nname = 'b'\npath = '/b'\nkind = 'mutex'\nmembers = '('", "recipe.b.members"),
            ("[[recipe]]\nname = 'b'\npath = '/b'\nkind = 'semaphore'\nmembers = 'n'", "recipe.b.capacity"),
            ("[[recipe]]\nname = 'b'\npath = '/b'\nkind = 'read_write'\nmembers = 'n'", "recipe.b.readers"),
            (
                "[[recipe]]\nname = 'b'\npath = '/b'\nkind = 'priority_queue'\nmembers = 'n'",
                "recipe.b.members",
            ),
        ] {
            let error = checked(&format!("{right}{change}")).expect_err(change);
            assert!(error.contains(says), "{change}: {error}");
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let text = "[[recipe]]\nname = 'orders'\npath = '/app/*'\nkind = 'semaphore'\nmembers = 'n-(?<sequence>\\d+)'\ncapacity = 3\n\
                    identity = { json = '/owner' }\n\n[[recipe]]\nname = 'b'\npath = '/b'\nkind = 'mutex'\nmembers = \"it's \\\"so\\\"\"\n";
        let read = from_toml(text).unwrap();
        let written = to_toml(read.clone()).unwrap();
        assert_eq!(from_toml(&written).unwrap(), read, "{written}");
        assert!(written.contains(r"members = 'n-(?<sequence>\d+)'"), "{written}");
    }
}
