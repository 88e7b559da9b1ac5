/* The layouts that the readers of platform/src/.../macos.rs take for granted, held against Apple's own headers as zig
 * brings them: `.ci/macos check` compiles this for both architectures. What libc's crate declares is held against that in
 * Rust too; struct kinfo_proc and struct loadavg it does not declare. (net/if_mib.h and netinet/ are not among zig's.) */
#include <stddef.h>

#include <mach/processor_info.h>
#include <mach/vm_statistics.h>
#include <net/if.h>
#include <net/if_dl.h>
#include <net/if_var.h>
#include <net/route.h>
#include <sys/mount.h>
#include <sys/proc.h>
#include <sys/proc_info.h>
#include <sys/resource.h>
#include <sys/sysctl.h>
#include <sys/time.h>

#define HOLD(what) _Static_assert(what, #what)
#define AT(type, field, offset) HOLD(offsetof(struct type, field) == (offset))
#define SIZE(type, size) HOLD(sizeof(struct type) == (size))

/* load/averages.rs */
SIZE(loadavg, 24);
AT(loadavg, fscale, 16);

/* uptime/boottime.rs */
SIZE(timeval, 16);
AT(timeval, tv_usec, 8);

/* processes/kinfo.rs, mach.rs */
SIZE(kinfo_proc, 648);
AT(kinfo_proc, kp_proc.p_stat, 36);
HOLD(SIDL == 1 && SRUN == 2 && SSLEEP == 3 && SSTOP == 4 && SZOMB == 5);
HOLD(PROCESSOR_SET_LOAD_INFO == 4);
SIZE(processor_set_load_info, 16);
AT(processor_set_load_info, thread_count, 4);

/* cpu/load_ticks.rs */
SIZE(processor_cpu_load_info, 16);
HOLD(CPU_STATE_USER == 0 && CPU_STATE_SYSTEM == 1 && CPU_STATE_IDLE == 2 && CPU_STATE_NICE == 3);

/* memory/vm_statistics.rs: a later revision may add behind it */
HOLD(sizeof(struct vm_statistics64) >= 152);
AT(vm_statistics64, wire_count, 12);
AT(vm_statistics64, zero_fill_count, 16);
AT(vm_statistics64, faults, 48);
AT(vm_statistics64, purges, 80);
AT(vm_statistics64, speculative_count, 92);
AT(vm_statistics64, decompressions, 96);
AT(vm_statistics64, swapouts, 120);
AT(vm_statistics64, compressor_page_count, 128);
AT(vm_statistics64, external_page_count, 136);
AT(vm_statistics64, internal_page_count, 140);
SIZE(xsw_usage, 32);
AT(xsw_usage, xsu_avail, 8);
AT(xsw_usage, xsu_used, 16);

/* network/route_message.rs */
HOLD(RTM_IFINFO2 == 0x12 && IFF_UP == 0x1 && IFF_RUNNING == 0x40);
SIZE(if_msghdr2, 160);
AT(if_msghdr2, ifm_type, 3);
AT(if_msghdr2, ifm_flags, 8);
AT(if_msghdr2, ifm_index, 12);
AT(if_msghdr2, ifm_snd_drops, 24);
AT(if_msghdr2, ifm_data, 32);
SIZE(if_data64, 128);
AT(if_data64, ifi_mtu, 8);
AT(if_data64, ifi_baudrate, 16);
AT(if_data64, ifi_ipackets, 24);
AT(if_data64, ifi_ibytes, 64);
AT(if_data64, ifi_omcasts, 88);
AT(if_data64, ifi_noproto, 104);
AT(sockaddr_dl, sdl_nlen, 5);
AT(sockaddr_dl, sdl_data, 8);

/* filesystem/statfs.rs */
SIZE(statfs, 2168);
AT(statfs, f_blocks, 8);
AT(statfs, f_ffree, 40);
AT(statfs, f_flags, 64);
AT(statfs, f_fstypename, 72);
AT(statfs, f_mntonname, 88);
AT(statfs, f_mntfromname, 1112);
HOLD(MNT_RDONLY == 1);

/* process/task_info.rs, process/macos.rs */
SIZE(proc_taskinfo, 96);
AT(proc_taskinfo, pti_resident_size, 8);
AT(proc_taskinfo, pti_total_user, 16);
AT(proc_taskinfo, pti_total_system, 24);
AT(proc_taskinfo, pti_faults, 52);
AT(proc_taskinfo, pti_pageins, 56);
AT(proc_taskinfo, pti_threadnum, 84);
SIZE(proc_fdinfo, 8);
SIZE(rusage_info_v2, 160);
AT(rusage_info_v2, ri_phys_footprint, 72);
