-- Last part of the installer: who may call what. Nothing is open to PUBLIC but what neither writes nor reads data, and
-- what reads only the relation it is given, as its caller (pt_glm); the
-- installing role may call everything and pass the right on.
DO LANGUAGE plpgsql $do$
DECLARE
  routine pg_catalog.regprocedure;
  owner pg_catalog.regrole;
  for_all CONSTANT pg_catalog.text[] := ARRAY[
    'pt_age_band',
    'pt_average',
    'pt_bootstrap',
    'pt_chi_square',
    'pt_compare',
    'pt_compare_fits',
    'pt_compare_means',
    'pt_correlation',
    'pt_cox',
    'pt_error_rates',
    'pt_generalize_address',
    'pt_glm',
    'pt_glm_summary',
    'pt_goodness_of_fit',
    'pt_independence',
    'pt_interval_overlap',
    'pt_kruskal_wallis',
    'pt_life_table',
    'pt_log_rank',
    'pt_mantel_haenszel',
    'pt_period',
    'pt_period_label',
    'pt_power_t',
    'pt_power_two_proportions',
    'pt_pram_band',
    'pt_pram_correct',
    'pt_rank_correlation',
    'pt_rate',
    'pt_rate_ci',
    'pt_theil',
    'pt_two_by_two',
    'pt_version'];
  -- Class profiles and privacy aggregates: functions of their arguments alone.
  measures CONSTANT pg_catalog.text[] := ARRAY[
    'pt_alpha', 'pt_average_class_risk', 'pt_average_class_size', 'pt_average_risk', 'pt_beta_likeness',
    'pt_class_count', 'pt_class_profile_in', 'pt_class_profile_out', 'pt_class_profile_recv',
    'pt_class_profile_send', 'pt_delta_disclosure', 'pt_delta_disclosure_for', 'pt_delta_presence',
    'pt_discernibility', 'pt_enhanced_beta_likeness', 'pt_entropy_l_diversity', 'pt_k_anonymity', 'pt_k_map',
    'pt_key', 'pt_keyed', 'pt_l_diversity', 'pt_maximum_risk', 'pt_normalized_class_size', 'pt_ordered_t_closeness',
    'pt_profile', 'pt_profile_agg', 'pt_profile_alpha', 'pt_profile_average_class_risk',
    'pt_profile_average_class_size', 'pt_profile_average_risk', 'pt_profile_beta_likeness', 'pt_profile_classes',
    'pt_profile_combine', 'pt_profile_count_key', 'pt_profile_count_member', 'pt_profile_count_ordered',
    'pt_profile_count_row', 'pt_profile_count_sensitive', 'pt_profile_count_value', 'pt_profile_count_weight',
    'pt_profile_count_with', 'pt_profile_count_with2', 'pt_profile_delta_disclosure', 'pt_profile_delta_natural',
    'pt_profile_delta_presence', 'pt_profile_delta_with', 'pt_profile_discernibility',
    'pt_profile_enhanced_beta_likeness', 'pt_profile_entropy_l_diversity', 'pt_profile_hierarchical_t_closeness',
    'pt_profile_journalist_risk', 'pt_profile_k', 'pt_profile_k_map', 'pt_profile_l_diversity',
    'pt_profile_marketer_risk', 'pt_profile_maximum_risk', 'pt_profile_member_k_map', 'pt_profile_member_presence',
    'pt_profile_merge', 'pt_profile_normalized_class_size', 'pt_profile_ordered_t_closeness', 'pt_profile_pack',
    'pt_profile_recursive_l_diversity', 'pt_profile_recursive_two', 'pt_profile_recursive_with',
    'pt_profile_risk_distribution', 'pt_profile_rows', 'pt_profile_share_at_risk',
    'pt_profile_strict_delta_disclosure', 'pt_profile_t_closeness', 'pt_profile_uniqueness', 'pt_profile_uniques',
    'pt_recursive_l_diversity', 'pt_recursive_l_diversity_for', 'pt_risk_distribution', 'pt_strict_delta_disclosure',
    'pt_t_closeness', 'pt_uniqueness', 'pt_uniques',
    'pt_profile_count_columns', 'pt_profile_wildcard_k', 'pt_profile_wildcard_average_risk', 'pt_profile_wildcard_uniqueness',
    'pt_k_anonymity_wildcard', 'pt_average_risk_wildcard', 'pt_uniqueness_wildcard',
    'pt_profile_count_path', 'pt_profile_path_t_closeness', 'pt_hierarchical_t_closeness'];
BEGIN
  FOR routine, owner IN
    SELECT d.objid::pg_catalog.regprocedure, e.extowner::pg_catalog.regrole
      FROM pg_catalog.pg_depend d
      JOIN pg_catalog.pg_extension e ON d.refobjid OPERATOR(pg_catalog.=) e.oid
      JOIN pg_catalog.pg_proc p ON p.oid OPERATOR(pg_catalog.=) d.objid
     WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
       AND d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass
       AND d.deptype OPERATOR(pg_catalog.=) 'e'
       AND e.extname OPERATOR(pg_catalog.=) 'personatwin'
       AND NOT (p.proname OPERATOR(pg_catalog.=) ANY (for_all::pg_catalog.name[]))
       AND NOT (p.proname OPERATOR(pg_catalog.=) ANY (measures::pg_catalog.name[]))
  LOOP
    EXECUTE pg_catalog.format('REVOKE EXECUTE ON ROUTINE %s FROM PUBLIC', routine);
    EXECUTE pg_catalog.format('GRANT EXECUTE ON ROUTINE %s TO %s WITH GRANT OPTION', routine, owner);
  END LOOP;
END
$do$;
