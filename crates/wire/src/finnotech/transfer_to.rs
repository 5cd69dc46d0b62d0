//! The body of transferTo (001_93708b081566bf63.txt).

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

/// The fields that are read; others are ignored. Values stay raw until they are checked, in the order of the document's table.
#[derive(Deserialize, Default, Debug)]
#[serde(rename_all = "camelCase", default)]
pub struct TransferTo<'a> {
    #[serde(borrow)]
    pub amount: Option<&'a RawValue>,
    #[serde(borrow)]
    pub description: Option<&'a RawValue>,
    #[serde(borrow)]
    pub destination_number: Option<&'a RawValue>,
    #[serde(borrow)]
    pub deposit: Option<&'a RawValue>,
    #[serde(borrow)]
    pub payment_number: Option<&'a RawValue>,
    #[serde(borrow)]
    pub second_password: Option<&'a RawValue>,
    #[serde(borrow)]
    pub destination_firstname: Option<&'a RawValue>,
    #[serde(borrow)]
    pub destination_lastname: Option<&'a RawValue>,
    #[serde(borrow)]
    pub source_first_name: Option<&'a RawValue>,
    #[serde(borrow)]
    pub source_last_name: Option<&'a RawValue>,
    #[serde(borrow, rename = "sourceFirstname")]
    pub source_firstname: Option<&'a RawValue>,
    #[serde(borrow, rename = "sourceLastname")]
    pub source_lastname: Option<&'a RawValue>,
    /// Ignored, as are the following ones: other pages of the platform document them (finnotech.md 3.1).
    pub source_nid: IgnoredAny,
    /// Ignored.
    pub otp_code: IgnoredAny,
    /// Ignored.
    pub transfer_id: IgnoredAny,
    /// Ignored.
    pub reason_description: IgnoredAny,
    /// Ignored.
    pub merchant_name: IgnoredAny,
    /// Ignored.
    pub merchant_iban: IgnoredAny,
}
