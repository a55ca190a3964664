//! The Notification Endpoint (OpenID4VCI 1.0 §11): what became of the credentials of one response.

use serde_json::{Value, json};

use super::read::{self, Members};
use super::write::{maybe, object, some};
use super::{MessageError, is_description};

/// A notification request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotificationRequest {
    /// From the credential response.
    pub notification_id: String,
    /// What happened.
    pub event: NotificationEvent,
    /// A word for the issuer's developer, in [`super::DESCRIPTION_CHARACTERS`]. Never show it to anybody as one's own.
    pub event_description: Option<String>,
}

/// What happened to the credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotificationEvent {
    /// All were stored.
    Accepted,
    /// At least one could not be stored: the whole issuance failed.
    Failure,
    /// The person did not want them.
    Deleted,
}

/// Errors of the notification endpoint: HTTP status 400, `application/json`, not cacheable (§11.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotificationError {
    /// `invalid_notification_id`: nothing was issued under it to who asks.
    #[error("the notification id is not known")]
    InvalidNotificationId,
    /// `invalid_notification_request`: a member is missing, repeated or malformed.
    #[error("the notification request is malformed")]
    InvalidNotificationRequest,
}

impl NotificationRequest {
    /// The body, `application/json`.
    pub fn to_json(&self) -> Value {
        object([
            ("notification_id", some(&self.notification_id)),
            ("event", some(self.event.name())),
            ("event_description", maybe(self.event_description.as_deref())),
        ])
    }

    /// Reads the body of a request.
    pub fn parse(json: &[u8]) -> Result<Self, NotificationError> {
        Self::read(json).map_err(|_| NotificationError::InvalidNotificationRequest)
    }

    fn read(json: &[u8]) -> Result<Self, MessageError> {
        let message = read::object(json)?;
        let members = Members::new(&message);
        let event = NotificationEvent::from_name(members.text("event")?);
        let event_description = members.optional_string("event_description")?;
        if event_description.as_deref().is_some_and(|text| !is_description(text)) {
            return Err(MessageError::invalid("event_description", "has other characters than allowed"));
        }
        Ok(Self {
            notification_id: members.text("notification_id")?.to_owned(),
            event: event.ok_or(MessageError::invalid("event", "is not known"))?,
            event_description,
        })
    }
}

impl NotificationEvent {
    /// The `event` value.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accepted => "credential_accepted",
            Self::Failure => "credential_failure",
            Self::Deleted => "credential_deleted",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [Self::Accepted, Self::Failure, Self::Deleted].into_iter().find(|event| event.name() == name)
    }
}

impl NotificationError {
    /// The `error` value.
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvalidNotificationId => "invalid_notification_id",
            Self::InvalidNotificationRequest => "invalid_notification_request",
        }
    }

    /// The HTTP status.
    pub const fn status(self) -> u16 {
        400
    }

    /// The body.
    pub fn to_json(self) -> Value {
        json!({"error": self.name()})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notification_goes_there_and_back() {
        for event in [NotificationEvent::Accepted, NotificationEvent::Failure, NotificationEvent::Deleted] {
            let request = NotificationRequest {
                notification_id: "3fwe98js".to_owned(),
                event,
                event_description: Some("Could not store the Credential. Out of storage.".to_owned()),
            };
            assert_eq!(NotificationRequest::parse(request.to_json().to_string().as_bytes()), Ok(request));
        }
    }

    #[test]
    fn a_malformed_notification_is_refused() {
        for json in [
            "",
            "[]",
            "{}",
            r#"{"notification_id":"a"}"#,
            r#"{"event":"credential_accepted"}"#,
            r#"{"notification_id":"","event":"credential_accepted"}"#,
            r#"{"notification_id":1,"event":"credential_accepted"}"#,
            r#"{"notification_id":"a","event":"Credential_Accepted"}"#,
            r#"{"notification_id":"a","event":"credential_used"}"#,
            r#"{"notification_id":"a","event":["credential_accepted"]}"#,
            r#"{"notification_id":"a","event":"credential_failure","event_description":"저장 실패"}"#,
            r#"{"notification_id":"a","event":"credential_failure","event_description":"a\nb"}"#,
            r#"{"notification_id":"a","event":"credential_failure","event_description":"\"\\"}"#,
            r#"{"notification_id":"a","notification_id":"b","event":"credential_accepted"}"#,
        ] {
            let refused = NotificationRequest::parse(json.as_bytes());
            assert_eq!(refused, Err(NotificationError::InvalidNotificationRequest), "{json}");
        }
        let extended = r#"{"notification_id":"a","event":"credential_accepted","x":{}}"#;
        assert!(NotificationRequest::parse(extended.as_bytes()).is_ok());
    }

    #[test]
    fn errors_are_named_as_the_specification_names_them() {
        assert_eq!(
            NotificationError::InvalidNotificationId.to_json(),
            json!({"error": "invalid_notification_id"})
        );
        assert_eq!(NotificationError::InvalidNotificationRequest.name(), "invalid_notification_request");
        assert_eq!(NotificationError::InvalidNotificationId.status(), 400);
    }
}
