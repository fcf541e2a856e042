# U-Boot chooses a slot: the first in BOOT_ORDER that has tries left, and takes one try away. `rauc status mark-good` gives the
# tries back once depthd has answered for a while (box-confirm). A slot that never gets there has its tries used up by
# restarts and watchdog, and the other one is taken. When none has any left, all get theirs back: a box never gives up.
#
# The state is one block of the card, so that a power cut leaves the old one or the new one. /etc/fw_env.config names the same.
setenv state_block 0x800
setenv BOOT_ORDER "A B"
setenv BOOT_A_LEFT 3
setenv BOOT_B_LEFT 3

# Where Linux and its initramfs fit on every board, 512 MB ones included.
if test "${board}" = "rpi"; then
    setenv kernel_addr_r 0x08000000
    setenv ramdisk_addr_r 0x0e000000
fi

${devtype} dev ${devnum}
if ${devtype} read ${loadaddr} ${state_block} 1; then
    env import -c ${loadaddr} 0x200 BOOT_ORDER BOOT_A_LEFT BOOT_B_LEFT || echo "no state yet: the first start"
fi

setenv save_state 'env export -c -s 0x200 ${loadaddr} BOOT_ORDER BOOT_A_LEFT BOOT_B_LEFT && ${devtype} write ${loadaddr} ${state_block} 1'
setenv start_slot 'echo "slot ${slot}"; setenv bootargs "root=PARTUUID=64657074-0${partition} ro rootwait rauc.slot=${slot} net.ifnames=0 panic=10 quiet ${box_arguments}"; load ${devtype} ${devnum}:${partition} ${kernel_addr_r} /boot/vmlinuz && load ${devtype} ${devnum}:${partition} ${ramdisk_addr_r} /boot/initrd.img && booti ${kernel_addr_r} ${ramdisk_addr_r}:${filesize} ${fdt_addr}'

for slot in ${BOOT_ORDER}; do
    if test "${slot}" = "A" && test 0x${BOOT_A_LEFT} -gt 0; then
        setexpr BOOT_A_LEFT ${BOOT_A_LEFT} - 1
        setenv partition 2
        run save_state
        run start_slot
    elif test "${slot}" = "B" && test 0x${BOOT_B_LEFT} -gt 0; then
        setexpr BOOT_B_LEFT ${BOOT_B_LEFT} - 1
        setenv partition 3
        run save_state
        run start_slot
    fi
done

echo "no slot has a try left: all get theirs back"
setenv BOOT_A_LEFT 3
setenv BOOT_B_LEFT 3
run save_state
reset
