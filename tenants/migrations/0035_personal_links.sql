-- The personal links of a campaign link are read in the order they were made.
create index personal_links_campaign on personal_links (tenant_id, campaign_link_id, id);
