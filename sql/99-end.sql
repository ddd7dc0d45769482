-- Last part of the installer: who may call what. Nothing is open to PUBLIC but what neither writes nor reads data; the
-- installing role may call everything and pass the right on.
DO LANGUAGE plpgsql $do$
DECLARE
  routine pg_catalog.regprocedure;
  owner pg_catalog.regrole;
  for_all CONSTANT pg_catalog.text[] := ARRAY[
    'pt_age_band',
    'pt_average',
    'pt_chi_square',
    'pt_compare',
    'pt_compare_means',
    'pt_correlation',
    'pt_interval_overlap',
    'pt_mantel_haenszel',
    'pt_period',
    'pt_period_label',
    'pt_power_t',
    'pt_power_two_proportions',
    'pt_rate',
    'pt_rate_ci',
    'pt_two_by_two',
    'pt_version'];
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
  LOOP
    EXECUTE pg_catalog.format('REVOKE EXECUTE ON ROUTINE %s FROM PUBLIC', routine);
    EXECUTE pg_catalog.format('GRANT EXECUTE ON ROUTINE %s TO %s WITH GRANT OPTION', routine, owner);
  END LOOP;
END
$do$;
