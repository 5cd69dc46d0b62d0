//! The author of a command: an operator or a token, its current role, and the names that may have acted under its name.

use crate::view::{Keys, View};
use crate::{Now, OperatorToken, Role, Text};

/// The author's name of commands that come with the settings' token.
pub const TOKEN_HOLDER: &str = "api";

impl Keys {
    /// Names the row that identifies an author: an operator's record, or a token's.
    pub(crate) fn author(&mut self, author: &Text) {
        match OperatorToken::of_author(author) {
            Some(token) => self.operator_tokens.push(token),
            None => self.operators.push(Text::clone(author)),
        }
    }

    /// Names the operators behind an author that is a token.
    pub(crate) fn behind_author(&mut self, author: &Text, view: &View) {
        let token = OperatorToken::of_author(author).and_then(|name| view.operator_tokens.get(&name));
        self.operators.extend(token.into_iter().flat_map(|token| token.holders().cloned()));
    }
}

/// All names that may act under a name: the name itself, the operators on which it depends, and the holders of a token.
pub(super) fn circle(view: &View, name: &Text, now: &Now) -> Vec<Text> {
    let token = OperatorToken::of_author(name).and_then(|name| view.operator_tokens.get(&name));
    let mut all: Vec<Text> = match token {
        Some(token) => token.holders().cloned().collect(),
        None => vec![Text::clone(name)],
    };
    let known = all.iter().filter_map(|name| view.operators.get(name));
    let on: Vec<Text> =
        known.flat_map(|known| known.depends_on(now.at_ms).map(|known| Text::clone(&known.on))).collect();
    all.extend(on);
    all.extend(token.map(|_| Text::clone(name)));
    all
}

/// Whether two names certainly stand for two persons: neither depends on the other, and no third name may act as both.
pub(crate) fn are_independent(view: &View, one: &Text, other: &Text, now: &Now) -> bool {
    let other = circle(view, other, now);
    circle(view, one, now).iter().all(|name| !other.contains(name))
}

/// Whether a name may change operators: an admin, the settings' token, or a token with that role.
pub(crate) fn is_admin(view: &View, name: &Text, now: &Now) -> bool {
    role_of(view, name, now) == Some(Role::Admin)
}

/// The current role of an author; `None`: it may do nothing any more.
pub(crate) fn role_of(view: &View, name: &Text, now: &Now) -> Option<Role> {
    if let Some(token) = OperatorToken::of_author(name) {
        let token = view.operator_tokens.get(&token)?;
        let operator = token.operator.as_ref().and_then(|name| view.operators.get(name));
        return token.role(operator.map(|known| &**known), now.at_ms);
    }
    if **name == *TOKEN_HOLDER {
        return Some(Role::Admin);
    }
    view.operators.get(name).filter(|known| !known.disabled).map(|known| known.role)
}
