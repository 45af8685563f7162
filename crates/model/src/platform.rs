//! Roles of managed platforms, whose work is not the application's.

/// Roles under which a platform's own agents sign in. Roles that its customers use are none of them, nor are those of services
/// that work on a customer's tables, as `supabase_auth_admin`.
const ROLES: &[&str] = &[
    "_dodb",
    "alloydbadmin",
    "alloydbagent",
    "alloydbexport",
    "alloydbimportexport",
    "alloydbobservability",
    "alloydbreplica",
    "azure_superuser",
    "azuresu",
    "ccp_monitoring",
    "cloud_admin",
    "cloudsqladmin",
    "cloudsqlagent",
    "cloudsqlconnpooladmin",
    "cloudsqlimportexport",
    "cloudsqlobservability",
    "cloudsqlreplica",
    "rdsadmin",
    "rdsrepladmin",
    "rdstopmgr",
    "rdswriteforwarduser",
    "supabase_admin",
    "supabase_etl_admin",
    "supabase_read_only_user",
    "supabase_replication_admin",
    "zenith_admin",
];

/// Whether `role` belongs to the platform a server runs on (RDS, Cloud SQL, AlloyDB, Azure, Supabase, Neon and others).
pub fn is_platform_role(role: &str) -> bool {
    ROLES.binary_search(&role).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_of_customers_are_not_the_platforms() {
        assert!(ROLES.is_sorted());
        assert!(["rdsadmin", "cloudsqladmin", "azuresu", "supabase_admin"].into_iter().all(is_platform_role));
        for role in ["postgres", "rds_superuser", "cloudsqlsuperuser", "azure_pg_admin", "supabase_auth_admin", "heron"]
        {
            assert!(!is_platform_role(role), "{role}");
        }
    }
}
