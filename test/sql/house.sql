-- What must hold for every object of the extension, whoever adds it.
CREATE EXTENSION personatwin;
CREATE ROLE house_nobody;
CREATE VIEW members AS
  SELECT d.classid, d.objid, pg_describe_object(d.classid, d.objid, 0) AS object
    FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
   WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND e.extname = 'personatwin';
SELECT count(*) > 5 AS there_are_members FROM members;
CREATE VIEW problems AS
  -- every object, column and field has a comment
  SELECT 'no comment' AS problem, object FROM members
   WHERE obj_description(objid, classid::regclass::name) IS NULL
     AND object !~ '\[\]$' -- array types
     AND NOT EXISTS (SELECT FROM pg_type t WHERE classid = 'pg_type'::regclass AND t.oid = objid -- row types of tables
                        AND t.typrelid <> 0 AND (SELECT relkind FROM pg_class WHERE oid = t.typrelid) <> 'c')
  UNION ALL
  SELECT 'no comment', c.oid::regclass || '.' || a.attname
    FROM members m
    JOIN pg_class c ON (m.classid = 'pg_class'::regclass AND c.oid = m.objid)
                    OR (m.classid = 'pg_type'::regclass AND c.reltype = m.objid AND c.relkind = 'c')
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
   WHERE c.relkind IN ('r', 'v', 'm', 'p', 'c', 'f') AND col_description(c.oid, a.attnum) IS NULL
  UNION ALL
  -- names: user objects begin with pt_, the rest lives in schema personatwin
  SELECT 'name', object FROM members
   WHERE object <> 'schema personatwin'
     AND object !~ '(^| )personatwin\.|^cast '
     AND object !~ '^(function|procedure|aggregate|type|view) pt_'
  UNION ALL
  -- nothing runs with the rights of its owner
  SELECT 'security definer', p.oid::regprocedure::text FROM members m JOIN pg_proc p ON p.oid = m.objid
   WHERE m.classid = 'pg_proc'::regclass AND p.prosecdef
  UNION ALL
  -- names in procedural functions do not depend on the caller's search path
  SELECT 'search path', p.oid::regprocedure::text
    FROM members m JOIN pg_proc p ON p.oid = m.objid JOIN pg_language l ON l.oid = p.prolang
   WHERE m.classid = 'pg_proc'::regclass AND l.lanname NOT IN ('c', 'internal')
     AND NOT (l.lanname = 'sql' AND p.prosqlbody IS NOT NULL)
     AND NOT EXISTS (SELECT FROM unnest(p.proconfig) AS s WHERE s LIKE 'search_path=%')
  UNION ALL
  -- PUBLIC may call what neither reads nor writes data
  SELECT 'open to PUBLIC', p.oid::regprocedure::text FROM members m JOIN pg_proc p ON p.oid = m.objid
   WHERE m.classid = 'pg_proc'::regclass AND has_function_privilege('house_nobody', p.oid, 'EXECUTE')
     AND p.proname <> ALL ('{pt_version,pt_age_band,pt_period,pt_period_label,pt_average,pt_chi_square,pt_compare,pt_compare_means,pt_correlation,pt_glm,pt_glm_summary,pt_interval_overlap,pt_life_table,pt_log_rank,pt_mantel_haenszel,pt_power_t,pt_power_two_proportions,pt_rate,pt_rate_ci,pt_two_by_two}')
     AND p.proname <> ALL ('{pt_alpha,pt_average_class_risk,pt_average_class_size,pt_average_risk,pt_beta_likeness,pt_class_count,pt_class_profile_in,pt_class_profile_out,pt_class_profile_recv,pt_class_profile_send,pt_delta_disclosure,pt_delta_disclosure_for,pt_delta_presence,pt_discernibility,pt_enhanced_beta_likeness,pt_entropy_l_diversity,pt_k_anonymity,pt_k_map,pt_key,pt_keyed,pt_l_diversity,pt_maximum_risk,pt_normalized_class_size,pt_ordered_t_closeness,pt_profile,pt_profile_agg,pt_profile_alpha,pt_profile_average_class_risk,pt_profile_average_class_size,pt_profile_average_risk,pt_profile_beta_likeness,pt_profile_classes,pt_profile_combine,pt_profile_count_key,pt_profile_count_member,pt_profile_count_ordered,pt_profile_count_row,pt_profile_count_sensitive,pt_profile_count_value,pt_profile_count_weight,pt_profile_count_with,pt_profile_count_with2,pt_profile_delta_disclosure,pt_profile_delta_natural,pt_profile_delta_presence,pt_profile_delta_with,pt_profile_discernibility,pt_profile_enhanced_beta_likeness,pt_profile_entropy_l_diversity,pt_profile_hierarchical_t_closeness,pt_profile_journalist_risk,pt_profile_k,pt_profile_k_map,pt_profile_l_diversity,pt_profile_marketer_risk,pt_profile_maximum_risk,pt_profile_member_k_map,pt_profile_member_presence,pt_profile_merge,pt_profile_normalized_class_size,pt_profile_ordered_t_closeness,pt_profile_pack,pt_profile_recursive_l_diversity,pt_profile_recursive_two,pt_profile_recursive_with,pt_profile_risk_distribution,pt_profile_rows,pt_profile_share_at_risk,pt_profile_strict_delta_disclosure,pt_profile_t_closeness,pt_profile_uniqueness,pt_profile_uniques,pt_recursive_l_diversity,pt_recursive_l_diversity_for,pt_risk_distribution,pt_strict_delta_disclosure,pt_t_closeness,pt_uniqueness,pt_uniques,pt_profile_count_columns,pt_profile_wildcard_k,pt_profile_wildcard_average_risk,pt_profile_wildcard_uniqueness,pt_k_anonymity_wildcard,pt_average_risk_wildcard,pt_uniqueness_wildcard,pt_profile_count_path,pt_profile_path_t_closeness,pt_hierarchical_t_closeness}')
  UNION ALL
  -- and reaches no table
  SELECT 'open to PUBLIC', object FROM members m JOIN pg_class c ON m.classid = 'pg_class'::regclass AND c.oid = m.objid
   WHERE (c.relkind = 'S' AND has_sequence_privilege('house_nobody', c.oid, 'USAGE, SELECT, UPDATE'))
      OR (c.relkind IN ('r', 'v', 'm', 'p')
          AND (has_table_privilege('house_nobody', c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
               OR has_any_column_privilege('house_nobody', c.oid, 'SELECT, INSERT, UPDATE, REFERENCES')))
  UNION ALL
  SELECT 'open to PUBLIC', 'schema personatwin' WHERE has_schema_privilege('house_nobody', 'personatwin', 'USAGE');
SELECT * FROM problems ORDER BY 1, 2;

-- the view sees what is planted
CREATE FUNCTION bad() RETURNS int LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN 1; END';
CREATE TABLE worse (a int);
GRANT SELECT (a) ON worse TO PUBLIC;
CREATE SEQUENCE personatwin.counter;
GRANT USAGE ON SEQUENCE personatwin.counter TO PUBLIC;
GRANT USAGE ON SCHEMA personatwin TO PUBLIC;
CREATE TYPE pt_pair AS (a int, b int);
ALTER EXTENSION personatwin ADD FUNCTION bad();
ALTER EXTENSION personatwin ADD TABLE worse;
ALTER EXTENSION personatwin ADD SEQUENCE personatwin.counter;
ALTER EXTENSION personatwin ADD TYPE pt_pair;
SELECT * FROM problems ORDER BY 1, 2;

DROP VIEW problems, members;
DROP EXTENSION personatwin;
DROP ROLE house_nobody;
