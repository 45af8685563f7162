//! What a person says of the cloud a database runs in.

use std::path::PathBuf;

use dataset::Secret;

/// Where a managed database is measured, and with which credentials. Nothing set: it is in no cloud that Heron knows.
///
/// If several clouds are named, Amazon comes before Google, Google before Azure. It can be printed: secrets cannot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CloudSettings {
    /// The RDS instance, as in the AWS console: `production-1`. Needs the IAM action `cloudwatch:GetMetricStatistics`.
    pub aws_db_instance_identifier: Option<String>,
    /// Its region; `us-east-1` if nothing is set.
    pub aws_region: Option<String>,
    /// The access key. Without keys the container's or the machine's own role is used (ECS, EKS pod identity, EC2).
    pub aws_access_key_id: Option<String>,
    /// The access key's secret.
    pub aws_secret_access_key: Option<Secret>,
    /// The session's token, if the keys are temporary.
    pub aws_session_token: Option<Secret>,
    /// The Cloud SQL instance, as `project:instance`. Needs the role Monitoring Viewer.
    pub gcp_database_id: Option<String>,
    /// The service account's key file. Without it the machine's own service account is used.
    pub google_application_credentials: Option<PathBuf>,
    /// The server's resource id, as `/subscriptions/…/providers/Microsoft.DBforPostgreSQL/flexibleServers/production-1`.
    /// Needs the role Monitoring Reader.
    pub azure_resource_id: Option<String>,
    /// The tenant the client is registered in. Without a client the machine's managed identity is used.
    pub azure_tenant_id: Option<String>,
    /// The client's (application's) id; that of the managed identity, if there are several and no secret is set.
    pub azure_client_id: Option<String>,
    /// The client's secret.
    pub azure_client_secret: Option<Secret>,
    /// An address that stands for all of the cloud's own ones, as `https://monitoring.internal`; for private endpoints.
    pub endpoint: Option<String>,
}

impl CloudSettings {
    /// Whether a cloud is named at all.
    pub fn is_set(&self) -> bool {
        self.aws_db_instance_identifier.is_some() || self.gcp_database_id.is_some() || self.azure_resource_id.is_some()
    }

    /// Fills region and credentials that are not set from the environment, under the names the clouds' own tools and
    /// PgHero use. An instance is never taken from it: one name cannot be right for every database.
    #[must_use]
    pub fn or_environment(self, variable: impl Fn(&str) -> Option<String>) -> Self {
        let first = |names: &[&str]| names.iter().find_map(|name| variable(name).filter(|value| !value.is_empty()));
        let secret = |names: &[&str]| first(names).map(Secret::from);
        // Keys belong together: half of them from the file and half from the environment would sign nothing.
        let keys = self.aws_access_key_id.is_none() && self.aws_secret_access_key.is_none();
        let id = if keys { first(&["PGHERO_ACCESS_KEY_ID", "AWS_ACCESS_KEY_ID"]) } else { None };
        let key = if keys { secret(&["PGHERO_SECRET_ACCESS_KEY", "AWS_SECRET_ACCESS_KEY"]) } else { None };
        let token = if keys { secret(&["AWS_SESSION_TOKEN"]) } else { None };
        Self {
            aws_region: self.aws_region.or_else(|| first(&["PGHERO_REGION", "AWS_REGION", "AWS_DEFAULT_REGION"])),
            aws_access_key_id: self.aws_access_key_id.or(id),
            aws_secret_access_key: self.aws_secret_access_key.or(key),
            aws_session_token: self.aws_session_token.or(token),
            google_application_credentials: self
                .google_application_credentials
                .or_else(|| first(&["GOOGLE_APPLICATION_CREDENTIALS"]).map(PathBuf::from)),
            azure_tenant_id: self.azure_tenant_id.or_else(|| first(&["AZURE_TENANT_ID"])),
            azure_client_id: self.azure_client_id.or_else(|| first(&["AZURE_CLIENT_ID"])),
            azure_client_secret: self.azure_client_secret.or_else(|| secret(&["AZURE_CLIENT_SECRET"])),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(name: &str) -> Option<String> {
        let value = match name {
            "AWS_ACCESS_KEY_ID" => "AKID",
            "AWS_SECRET_ACCESS_KEY" => "hunter2",
            "AWS_SESSION_TOKEN" => "token",
            "PGHERO_REGION" => "eu-west-1",
            "AWS_REGION" => "us-west-2",
            "AZURE_TENANT_ID" => "",
            _ => return None,
        };
        Some(value.into())
    }

    /// C1 (D3).
    #[test]
    fn what_is_set_comes_before_the_environment() {
        let empty = CloudSettings::default().or_environment(environment);
        assert_eq!(empty.aws_region.as_deref(), Some("eu-west-1"));
        assert_eq!(empty.aws_access_key_id.as_deref(), Some("AKID"));
        assert_eq!(empty.azure_tenant_id, None, "an empty variable says nothing");
        assert!(!empty.is_set(), "credentials name no database");

        let own = CloudSettings { aws_access_key_id: Some("OWN".into()), ..CloudSettings::default() };
        let own = own.or_environment(environment);
        assert_eq!((own.aws_secret_access_key, own.aws_session_token), (None, None), "one key's secret fits no other");
    }

    #[test]
    fn secrets_are_not_printed() {
        let settings = CloudSettings::default().or_environment(environment);
        assert!(!format!("{settings:?}").contains("hunter2"));
    }
}
