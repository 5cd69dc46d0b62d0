//! The settings of an engine.

use std::sync::Arc;

use payments::{CallbackSender, CardNetwork, PaymentNetwork, Rules, SmsSender};

use crate::clock::TimeSource;
use crate::world::World;

/// The settings of an engine.
#[derive(Debug)]
pub struct Settings {
    /// The rule set.
    pub rules: Rules,
    /// What a reset fills the store with.
    pub world: World,
    /// Whether an empty store is filled with it at the start.
    pub fill: Fill,
    /// Brings SMS to people.
    pub sms: Arc<dyn SmsSender>,
    /// Calls businesses.
    pub callbacks: Arc<dyn CallbackSender>,
    /// The payment networks.
    pub network: Arc<dyn PaymentNetwork>,
    /// The network of other banks' cards.
    pub card_network: Arc<dyn CardNetwork>,
    /// Where time comes from.
    pub time: Arc<dyn TimeSource>,
}

/// When an empty store is filled with the world.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fill {
    /// At the start and at every reset.
    AtStart,
    /// At a reset only.
    AtReset,
}
