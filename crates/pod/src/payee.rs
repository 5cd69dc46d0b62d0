//! A shop as payers see it: by the name, site and logo of its look, or by its handle.

use payments::Party;
use text::{isolated, marked};
use web::Look;

/// See the module.
#[derive(Clone, Debug)]
pub struct Payee {
    /// The name, whose direction controls end with it.
    pub name: String,
    /// The first letter or digit of the name.
    pub initial: String,
    /// The host of its site.
    pub site: Option<String>,
    /// The address of its logo.
    pub logo: Option<String>,
}

impl Payee {
    /// A shop with its look, if it has one.
    pub fn of(shop: Option<&Party>, look: Option<&Look>) -> Self {
        let given = look.and_then(|look| look.name.as_deref());
        let name = given.or_else(|| shop.map(|shop| &*shop.name)).unwrap_or_default();
        let initial = name.chars().find(|letter| letter.is_alphanumeric());
        Self {
            name: isolated(name).into_owned(),
            initial: initial.map(|letter| letter.to_uppercase().to_string()).unwrap_or_default(),
            site: look.and_then(|look| look.site.as_ref()).map(|site| site.shown.clone()),
            logo: look.and_then(|look| look.logo.clone()),
        }
    }

    /// The name as a part of a page's title, which has no elements.
    pub fn in_title(&self) -> String {
        marked(&self.name)
    }
}
