/** What the launcher of an MPI job says of a process before MPI is loaded. */
export interface Launched {
  /** Of this process, from 0. */
  rank: number;
  /** Processes of the job: two or more. */
  size: number;
  /** Of this process among those of its machine. */
  localRank: number;
}

/** The variables of Open MPI; of MPICH, Intel MPI and Slurm's PMI (`srun --mpi=pmi2`); of Slurm's PMIx. */
const LAUNCHERS = [
  { rank: 'OMPI_COMM_WORLD_RANK', size: 'OMPI_COMM_WORLD_SIZE', local: ['OMPI_COMM_WORLD_LOCAL_RANK'] },
  { rank: 'PMI_RANK', size: 'PMI_SIZE', local: ['MPI_LOCALRANKID', 'SLURM_LOCALID'] },
  { rank: 'PMIX_RANK', size: 'SLURM_NTASKS', local: ['SLURM_LOCALID'] },
] as const;

const whole = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,6}$/.test(text) ? Number(text) : undefined;

/** The job of `mpirun`, `mpiexec` or `srun` that this process belongs to; undefined for a process on its own. */
export function launchedBy(env: NodeJS.ProcessEnv): Launched | undefined {
  for (const { rank, size, local } of LAUNCHERS) {
    const [own, all] = [whole(env[rank]), whole(env[size])];
    if (own === undefined || all === undefined || all < 2 || own >= all) continue;
    const localRank = local.map((name) => whole(env[name])).find((one) => one !== undefined);
    return { rank: own, size: all, localRank: localRank ?? own };
  }
  return undefined;
}
