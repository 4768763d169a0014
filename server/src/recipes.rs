//! The declared recipes in force: those of the configuration, and after them those that were kept at run time, in
//! `recipes.toml` in the data folder.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use zooscope_model::{Declarations, Declared, DeclaredError};
use zooscope_protocol::Declaration;

use crate::config::recipe::{from_toml, to_toml};
use crate::mirror::Declarer;

/// The recipes, and the mirrors that look for them.
#[derive(Debug)]
pub struct Recipes {
    configured: Arc<Declarations>,
    path: PathBuf,
    mirrors: Vec<Declarer>,
    kept: Mutex<Kept>,
}

/// What was kept, and what is in force with it.
#[derive(Debug)]
struct Kept {
    recipes: Vec<Declaration>,
    in_force: Arc<Declarations>,
}

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It cannot be read or written.
    #[error("`{path}` cannot be {doing}")]
    File {
        /// Which.
        path: PathBuf,
        /// What was tried.
        doing: &'static str,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It is no list of recipes.
    #[error("`{path}` is no list of recipes; correct it, or move it away to begin a new one")]
    Toml {
        /// Which.
        path: PathBuf,
        /// Where and why.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// One of its recipes cannot be looked for.
    #[error("`{path}`: the recipe `{name}` is wrong; correct it, or take it out")]
    Recipe {
        /// Which file.
        path: PathBuf,
        /// Which recipe.
        name: String,
        /// Why.
        #[source]
        source: DeclaredError,
    },
}

/// Why a recipe is not kept, changed or forgotten.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// It cannot be looked for.
    #[error("`{key}`: {0}", key = .0.key())]
    Wrong(#[from] DeclaredError),
    /// There is none of this name.
    #[error("there is no recipe of this name")]
    Unknown,
    /// It is the configuration's.
    #[error(
        "the recipe is in the configuration; change it or take it out there, and start the console again"
    )]
    Configured,
    /// The file cannot be written.
    #[error(transparent)]
    File(#[from] Error),
}

impl Recipes {
    const FILE: &'static str = "recipes.toml";
    const HEAD: &'static str = "# The recipes that were kept in the console. It writes this file anew with each change; recipes that are \
                                written by hand belong\n# into zooscope.toml.\n\n";

    /// Reads what was kept in this folder. A recipe whose name the configuration has taken meanwhile gives way to it.
    pub fn open(folder: &Path, configured: Arc<Declarations>) -> Result<Self, Error> {
        let path = folder.join(Self::FILE);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(source) => return Err(Error::File { path, doing: "read", source }),
        };
        let mut recipes = from_toml(&text)
            .map_err(|source| Error::Toml { path: path.clone(), source: Box::new(source) })?;
        recipes.retain(|recipe| {
            let taken = configured.iter().any(|known| known.name == recipe.name);
            if taken {
                tracing::warn!(
                    recipe = recipe.name,
                    "the configuration has a recipe of this name; the kept one gives way"
                );
            }
            !taken
        });
        let in_force = recipes.iter().try_fold(Declarations::clone(&configured), |all, recipe| {
            let wrong = |source| Error::Recipe { path: path.clone(), name: recipe.name.clone(), source };
            Declared::new(recipe.clone()).and_then(|declared| all.with(declared)).map_err(wrong)
        })?;
        let kept = Mutex::new(Kept { recipes, in_force: Arc::new(in_force) });
        Ok(Self { configured, path, mirrors: Vec::new(), kept })
    }

    /// One more mirror that looks for them.
    pub fn serve(&mut self, mirror: Declarer) {
        mirror.declare(&self.lock().in_force);
        self.mirrors.push(mirror);
    }

    /// All that are in force, in the order in which they are looked for.
    pub fn in_force(&self) -> Vec<Declaration> {
        self.lock().in_force.iter().cloned().collect()
    }

    /// The names of those that were kept at run time.
    pub fn kept(&self) -> Vec<String> {
        self.lock().recipes.iter().map(|recipe| recipe.name.clone()).collect()
    }

    /// Keeps a recipe: on disk first, then in force in every mirror. It blocks for both.
    pub fn keep(&self, recipe: Declaration) -> Result<(), Refused> {
        let mut kept = self.lock();
        let in_force = Declarations::clone(&kept.in_force).with(Declared::new(recipe.clone())?)?;
        let mut recipes = kept.recipes.clone();
        recipes.push(recipe);
        self.change(&mut kept, recipes, in_force)
    }

    /// Puts a recipe in the place of one that was kept at run time, under its name or another; there is no moment without
    /// either. It blocks as [`Self::keep`] does.
    pub fn replace(&self, name: &str, recipe: Declaration) -> Result<(), Refused> {
        self.exchange(name, Some(recipe))
    }

    /// Forgets a recipe that was kept at run time. It blocks as [`Self::keep`] does.
    pub fn forget(&self, name: &str) -> Result<(), Refused> {
        self.exchange(name, None)
    }

    fn exchange(&self, name: &str, with: Option<Declaration>) -> Result<(), Refused> {
        if self.configured.iter().any(|recipe| recipe.name == name) {
            return Err(Refused::Configured);
        }
        let mut kept = self.lock();
        let mut recipes = kept.recipes.clone();
        let at = recipes.iter().position(|recipe| recipe.name == name).ok_or(Refused::Unknown)?;
        recipes.splice(at..=at, with);
        let in_force = recipes.iter().try_fold(Declarations::clone(&self.configured), |all, recipe| {
            all.with(Declared::new(recipe.clone())?)
        })?;
        self.change(&mut kept, recipes, in_force)
    }

    fn change(
        &self,
        kept: &mut Kept,
        recipes: Vec<Declaration>,
        in_force: Declarations,
    ) -> Result<(), Refused> {
        self.write(&recipes)?;
        *kept = Kept { recipes, in_force: Arc::new(in_force) };
        self.mirrors.iter().for_each(|mirror| mirror.declare(&kept.in_force));
        Ok(())
    }

    /// Writes the file beside the old one, and puts it in its place when it is on disk.
    fn write(&self, recipes: &[Declaration]) -> Result<(), Error> {
        let failed = |source| Error::File { path: self.path.clone(), doing: "written", source };
        let text = to_toml(recipes.to_vec()).map_err(|error| failed(std::io::Error::other(error)))?;
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let write = || {
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            file.write_all(Self::HEAD.as_bytes())?;
            file.write_all(text.as_bytes())?;
            file.as_file().sync_all()?;
            file.persist(&self.path)?;
            File::open(folder)?.sync_all()
        };
        write().map_err(failed)
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use zooscope_protocol::recipe::{DeclaredKind, IdentityDecoder};

    use super::*;

    fn recipe(name: &str) -> Declaration {
        Declaration {
            name: name.to_owned(),
            path: "/app/*".to_owned(),
            kind: DeclaredKind::Mutex,
            members: r"n-(?<sequence>\d+)".to_owned(),
            readers: None,
            persistent: false,
            capacity: None,
            identity: IdentityDecoder::Json("/who".to_owned()),
            unique_names: true,
        }
    }

    fn configured() -> Arc<Declarations> {
        Arc::new(Declarations::default().with(Declared::new(recipe("ours")).unwrap()).unwrap())
    }

    #[test]
    fn what_is_kept_is_there_after_a_restart_and_what_is_forgotten_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let recipes = Recipes::open(folder.path(), configured()).unwrap();
        recipes.keep(recipe("a")).unwrap();
        recipes.keep(recipe("b")).unwrap();
        assert!(matches!(recipes.keep(recipe("a")), Err(Refused::Wrong(DeclaredError::NameTaken))));
        assert!(matches!(recipes.keep(recipe("ours")), Err(Refused::Wrong(DeclaredError::NameTaken))));
        assert!(matches!(recipes.forget("ours"), Err(Refused::Configured)));
        assert!(matches!(recipes.forget("nobody"), Err(Refused::Unknown)));
        let again = Recipes::open(folder.path(), configured()).unwrap();
        assert_eq!(again.in_force(), [recipe("ours"), recipe("a"), recipe("b")]);
        let elsewhere = |name: &str| Declaration { path: "/elsewhere/*".to_owned(), ..recipe(name) };
        again.replace("a", elsewhere("a")).unwrap();
        assert_eq!(again.in_force(), [recipe("ours"), elsewhere("a"), recipe("b")], "in its place");
        again.replace("a", elsewhere("c")).unwrap();
        assert_eq!(again.kept(), ["c", "b"], "under another name");
        for (name, with, why) in
            [("c", "b", "taken"), ("c", "ours", "taken"), ("a", "a", "unknown"), ("ours", "d", "configured")]
        {
            let told = match again.replace(name, recipe(with)) {
                Err(Refused::Wrong(DeclaredError::NameTaken)) => "taken",
                Err(Refused::Unknown) => "unknown",
                Err(Refused::Configured) => "configured",
                other => panic!("{name} with {with}: {other:?}"),
            };
            assert_eq!(told, why, "{name} with {with}");
        }
        again.forget("c").unwrap();
        assert_eq!(again.kept(), ["b"]);
        assert_eq!(Recipes::open(folder.path(), configured()).unwrap().kept(), ["b"]);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside the file");
    }

    #[test]
    fn a_kept_recipe_gives_way_to_the_configuration_and_a_broken_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(Recipes::FILE);
        std::fs::write(&path, to_toml(vec![recipe("ours"), recipe("a")]).unwrap()).unwrap();
        assert_eq!(Recipes::open(folder.path(), configured()).unwrap().kept(), ["a"]);
        std::fs::write(&path, to_toml(vec![Declaration { path: "a".into(), ..recipe("a") }]).unwrap())
            .unwrap();
        assert!(
            matches!(Recipes::open(folder.path(), configured()), Err(Error::Recipe { name, .. }) if name == "a")
        );
        std::fs::write(&path, "recipe = 7").unwrap();
        assert!(matches!(Recipes::open(folder.path(), configured()), Err(Error::Toml { .. })));
    }
}
