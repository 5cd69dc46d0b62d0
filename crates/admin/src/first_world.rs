//! The first world of a sandbox, made anew at each reset, with the objects of its world file as the file is then.

use std::fmt::{Debug, Formatter};
use std::sync::Arc;

use engine::World;
use futures_util::future::BoxFuture;

/// See the module.
#[derive(Clone)]
pub struct FirstWorld(Make);

type Make = Arc<dyn Fn() -> BoxFuture<'static, Result<World, String>> + Send + Sync>;

impl Debug for FirstWorld {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str("FirstWorld")
    }
}

impl FirstWorld {
    /// From what makes it.
    pub fn new(make: impl Fn() -> BoxFuture<'static, Result<World, String>> + Send + Sync + 'static) -> Self {
        Self(Arc::new(make))
    }

    /// Makes it.
    ///
    /// # Errors
    /// The file cannot be read, or an entry is not valid: which, and what is wanted.
    pub async fn make(&self) -> Result<World, String> {
        (self.0)().await
    }
}
